/** The meaning of one label: an electrode, a pair, another sensor, a clock .. */
import { message, type PlainCode } from '../../protocol/messages.ts'
import { clockUnitNamed } from './clock.ts'
import { electrodeNamed } from './montage.ts'
import { splitUnit } from './units.ts'

export type LabelReading =
  | { kind: 'electrode'; name: string }
  /** A bipolar derivation. */
  | { kind: 'pair'; name: string; first: string; second: string }
  /** An ear or mastoid electrode alone. */
  | { kind: 'reference' }
  /** A channel without electrode name, such as `EXG Channel 0`. */
  | { kind: 'generic' }
  | { kind: 'time' }
  /** A training label, such as `eyeDetection`. */
  | { kind: 'class' }
  | { kind: 'other'; what: string }
  | { kind: 'unknown' }

const PREFIX =
  /^(?:eeg|raw|exg|ch|chan|channel|electrode|lead|psg|脑电)[\s:._-]+|^(?:eeg|raw|脑电)/i
const NUMBERED_PREFIX = /^(?:eeg|ch|chan|channel|electrode)?\s*\d+[\s:._-]+/i

/** Second part of a label: the recording reference. */
const REFERENCE =
  /^(a1|a2|m1|m2|[am]1[am]22?|[am]2[am]1|lm|rm|aa|le|re|lre|ler|ref\d*|reference|vref|lref|cref|rref|ar|av|avg|average|car|common|cm|org|orig|g1|g2|gnd|ground|nose|cle|linked\w*|mastoids|ears|\d+)$/
const REFERENCE_ALONE = /^(a1|a2|m1|m2|lm|rm|a1a2|m1m2|ref|reference|vref|gnd|ground|nose)$/

/** Words for non-EEG sensors, digits ignored. Anchored on both sides. */
const OTHER_SENSORS: readonly (readonly [what: PlainCode, words: RegExp])[] = [
  ['reply.eyes', /[hvlr]*eog\w*|loc|roc|[lr][lu]c|luc|ruc|eyes?|pupil\w*|gaze\w*|blinks?/],
  [
    'reply.muscle',
    /[lr]?emg\w*|chin[lr]?|chi|submental\w*|mentalis|masseter|[lr]?legs?[lr]?|[lr]?tib\w*|lat|rat|plms?|jaw|arms?[lr]?|[lr]arm/,
  ],
  [
    'reply.heart',
    /e[ck]g\w*|hearts?|heartrate|hrv?|ibi|rri?|pulse\w*|pleth\w*|ppg\w*|bvp|bpm|cardi\w*|ox|oxi\w*/,
  ],
  [
    'reply.breathing',
    /resp\w*|breath\w*|thor\w*|abd\w*|chest|belly|nasal\w*|oral|oronasal|naso\w*|air|airflow|[x]?flow\w*|therm\w*|cann?ula|ptaf|npt|snor\w*|mic|microphone|audio|sound|effort|rip|x?sum|[cie]pap|leak|tidal\w*|[te]\w*co|co|sp?ao|spo|osat|sats?|saturation|pressure|pres|press/,
  ],
  [
    'reply.motion',
    /acc|acc[xyz]|accel\w*|gyro\w*|mag|mag[xyz]|magnet\w*|mot|motion|quat\w*|position|pos|body|posture|activity|actig\w*|movements?|mvmt|tilt|imu|orientation|pitch|roll|yaw/,
  ],
  ['reply.skin', /gsr|eda|scl|scr|skin|temp\w*/],
  [
    'reply.trigger',
    /status|trig\w*|trg|stim\w*|sti|events?|markers?|annotations?|photic|dc|din|dig\w*|ttl|sync\w*|bursts?|suppr\w*|tags?|elements?|buttons?|keys?|light|lux|ambient|标记|事件|触发/,
  ],
  [
    'reply.counter',
    /counters?|count|cnt|interpolated|battery\w*|quality|sqi|[ce]q|rawcq|hsi|headband\w*|contact|imp|impedance\w*|resistance\w*|rssi|packets?|pkt|seq|sequence|valid|overall|percent|connected|dropped|missing/,
  ],
  [
    'reply.derived',
    /delta|theta|alpha|(?:low|high)?(?:alpha|beta|gamma)[lh]?|pow\w*|bands?|attention|meditation|engagement|stress|focus|excitement|relaxation|interest|concentration|mellow|pm|score|psd|asymmetry|std|sd|var|rms|max|min|mean|median|low|high|total/,
  ],
  ['reply.index', /index|idx|samples?|rows?|nr|number|unnamed|id|序号|索引|编号|样本序?号?/],
  [
    'reply.condition',
    /conditions?|epochs?|trials?|blocks?|segments?|subjects?|sessions?|runs?|comments?|notes?|remarks?|descriptions?/,
  ],
  ['reply.auxiliary', /aux\w*|analog\w*|other|unused|not|empty|spare/],
]
const SENSOR_WORDS = OTHER_SENSORS.map(
  ([what, words]) => [message(what).message, new RegExp(`^(?:${words.source})$`)] as const,
)

const TIME_WORDS =
  /^(times?|timestamps?|stamps?|datetime|date|clock|elapsed|unix\w*|zeit|uhrzeit|datum|tiempo|tempo|timedelta|(?:采样)?时间戳?|时刻|日期)$/
/** A clock only if nothing else stands beside them. */
const TIME_ALONE = /^(t|lsl)$/
/** Alone, these may name a minimum, a height or a depth. */
const NOT_TIME_ALONE = /^(mins?|h|d|std)$/
const CLASS =
  /^(eye[\s_]?(detection|state)|class|label|target|y|state|stage|hypnogram|sleep[\s_]?stage|标签|类别)$/i

const GENERIC_WORDS = /^(eeg|exg|ch|chan|channels?|electrode|raw|通道|导联|脑电)$/
const GENERIC_BESIDE = /^(\d+|[a-z]|left|right|sec|uv)$/

/** Ignores a unit suffix. */
export function readLabel(label: string): LabelReading {
  const bare = splitUnit(label.trim().replace(/^["']|["']$/g, ''))
    .name.replace(/\.+$/, '')
    .trim()
  if (CLASS.test(bare)) return { kind: 'class' }
  // EEG(C3-A2)
  const inside = /^(?:eeg|psg)\s*\(([^()]+)\)$/i.exec(bare)?.[1]
  const named =
    asElectrodes(inside ?? '') ?? asElectrodes(bare) ?? asElectrodes(bare.replace(PREFIX, ''))
  if (named !== null) return named
  const numbered = asElectrodes(bare.replace(NUMBERED_PREFIX, ''))
  if (numbered !== null && numbered.kind !== 'reference') return numbered
  // Eye electrodes of sleep recordings; `chooseChannels` recognises nets with E1 to E256.
  if (/^e[12]([\s:_/-].*)?$/i.test(bare))
    return { kind: 'other', what: message('reply.eyes').message }
  const words = wordsOf(bare)
  if (isTime(bare, words)) return { kind: 'time' }
  const what = sensorIn(bare, words)
  if (what !== null) return { kind: 'other', what }
  if (isGeneric(withoutReference(words))) return { kind: 'generic' }
  return { kind: 'unknown' }
}

/** One electrode, or a pair; null if the first part is not an electrode. */
function asElectrodes(bare: string): LabelReading | null {
  const alone = electrodeNamed(bare)
  if (alone !== null) return { kind: 'electrode', name: alone }
  if (REFERENCE_ALONE.test(compact(bare))) return { kind: 'reference' }
  const parts = /^([a-z]+\d*[a-z]?)\s*[-\u2013_/:\s]\s*(.+)$/i.exec(bare)
  const [first, second] = [parts?.[1] ?? '', parts?.[2] ?? '']
  // A duplicated name from another program: T8-P8-0.
  const other = compact(second.replace(/-\d+$/, ''))
  const name = electrodeNamed(first)
  if (name === null) {
    const isEarToEar = REFERENCE_ALONE.test(compact(first)) && REFERENCE.test(other)
    return isEarToEar ? { kind: 'reference' } : null
  }
  if (REFERENCE.test(other)) return { kind: 'electrode', name }
  const partner = electrodeNamed(other)
  if (partner !== null)
    return { kind: 'pair', name: `${name}-${partner}`, first: name, second: partner }
  if (sensorIn(second, wordsOf(second)) !== null) return null
  // Laboratories have their own reference names.
  return /^[a-z]{1,4}\d?$/.test(other) ? { kind: 'electrode', name } : null
}

const compact = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')

function wordsOf(label: string): string[] {
  return label
    .replace(/([a-z])([A-Z])|(\d)(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
}

function sensorIn(label: string, words: readonly string[]): string | null {
  const candidates = [...words, label.toLowerCase().replace(/[^a-z0-9]/g, '')]
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '')
  return SENSOR_WORDS.find(([, test]) => candidates.some((word) => test.test(word)))?.[0] ?? null
}

/** Clocks include sample time and packet time, but not trial time. */
function isTime(label: string, words: readonly string[]): boolean {
  const [first = ''] = words
  if (words.length === 1 && !NOT_TIME_ALONE.test(first)) {
    if (TIME_ALONE.test(first) || clockUnitNamed(first) !== null) return true
  }
  if (!words.some((word) => TIME_WORDS.test(word))) return false
  const what = sensorIn(
    label,
    words.filter((word) => clockUnitNamed(word) === null),
  )
  return what === null || /^(index|counter)/.test(what)
}

function withoutReference(words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? ''
  return words.length > 1 && /\D/.test(last) && REFERENCE.test(last) ? words.slice(0, -1) : words
}

function isGeneric(words: readonly string[]): boolean {
  const parts = words.flatMap((word) => word.match(/\d+|\D+/g) ?? [])
  if (parts.length === 1 && /^\d+$/.test(parts[0] ?? '')) return true
  return (
    parts.some((part) => GENERIC_WORDS.test(part)) &&
    parts.every((part) => GENERIC_WORDS.test(part) || GENERIC_BESIDE.test(part))
  )
}
