/**
 * The messages of Switchyard: each message is a code with its values. The English text goes along wherever a message goes; the panel,
 * the tray and the menus word the code in their own language.
 */
import { z } from 'zod'
import { printable } from './printable.ts'

/** English texts by code; `_one` and `_other` by the value `count`. messages_zh.ts has the same in Chinese. */
export const MESSAGES = {
  joined: '{{first}} {{second}}',
  'duration.days': '{{count}} d',
  'duration.hours': '{{count}} h',
  'duration.minutes': '{{count}} min',
  'duration.seconds': '{{count}} s',

  'port.free': 'Port {{port}} on {{host}} is free.',
  'port.in_use': 'Port {{port}} on {{host}} is already in use by {{holder}}.',
  'port.closing':
    'Port {{port}} on {{host}} is still occupied by a closed connection (TIME_WAIT), for at most {{seconds}} s.',
  'port.excluded':
    'Port {{port}} on {{host}} is within {{first}}-{{last}}, which Windows reserves, often for Hyper-V, WSL or Docker.',
  'port.privileged':
    'Port {{port}} on {{host}} is not allowed for this user ({{code}}): ports below {{first}} are privileged ({{setting}}).',
  'port.forbidden':
    'Port {{port}} on {{host}} is not allowed for this program ({{code}}) by a rule of the system, such as SELinux, a sandbox or a firewall.',
  'port.no_address': '{{host}} is not an address of this machine ({{code}}).',
  'port.unresolved': '{{host}} does not resolve to an address to listen on ({{code}}).',
  'port.reserved':
    'Port {{port}} is listed in net.ipv4.ip_local_reserved_ports: it is reserved for a service.',
  'port.outgoing':
    'Port {{port}} is within {{first}}-{{last}} (net.ipv4.ip_local_port_range), the range for outgoing connections: it may be in use by chance.',
  'port.set_any': 'Set another port.',
  'port.set_free': 'Set another port, such as {{port}}.',
  'port.set_host':
    'Set host to localhost, 0.0.0.0 or an address of this machine instead of {{host}}.',
  'port.or_allow': "Or allow it in the system's rules.",
  'port.or_external': 'Or keep it, and set runtime: external in the section.',
  'port.or_ranges': 'Or look at the ranges: netsh int ipv4 show excludedportrange protocol=tcp',
  'port.or_stop': 'Or stop that program: {{command}}',
  'port.or_wait': 'Or wait.',
  'port.retry': 'The backend is started again then.',

  'holder.pid': 'process {{pid}}',
  'holder.program': '{{command}} (pid {{pid}})',
  'holder.program_of': '{{command}} (pid {{pid}}, user {{user}})',
  'holder.running': '{{holder}}, running for {{duration}}',
  'holder.unknown': 'a program that cannot be identified',
  'holder.unknown_of': 'a program of user {{user}} that cannot be identified',
  'holder.because': '{{holder}} ({{reason}})',
  'holder.not_shown':
    'the system shows this user no program with a socket on port {{port}}; see {{command}}',
  'holder.other_user':
    'it belongs to {{user}}, and this user may not inspect {{count}} of the processes; see {{command}}',
  'holder.no_process':
    'no visible process has the socket open: it belongs to another container, or to the system itself',
  'holder.ending': '/proc/{{pid}} has no more: the process is ending, or hidden',
  'holder.no_details': '{{program}} returned nothing about process {{pid}} ({{reason}})',
  'holder.windows':
    'it is Windows itself, for a service such as IIS or WinRM; see netsh http show servicestate',
  'holder.other_account':
    'Windows does not show {{name}} to this user, because it belongs to another account; look again as administrator',

  'answer.backend': 'It answers as backend {{name}} ({{status}}).',
  'answer.nameless': 'It answers as a backend ({{status}}).',
  'answer.websocket': 'It accepts WebSockets, but is not a backend.',
  'answer.http': 'It is a web server (HTTP status {{status}}).',
  'answer.silent': 'It answers neither as a backend nor as a web server ({{reason}}).',
  'answer.none': 'no answer within {{ms}} ms',
  'answer.closed': 'it closed the connection',
  'answer.unaskable': '{{address}} cannot be asked',
} as const

type Key = keyof typeof MESSAGES
type CodeOf<K> = K extends `${infer Code}_one` | `${infer Code}_other` ? Code : K
export type MessageCode = CodeOf<Key>
type TextOf<Code extends MessageCode> = (typeof MESSAGES)[Extract<
  Key,
  Code | `${Code}_one` | `${Code}_other`
>]
type PlacesIn<Text extends string> = Text extends `${string}{{${infer Place}}}${infer Rest}`
  ? Place | PlacesIn<Rest>
  : never
type Places<Code extends MessageCode> = PlacesIn<TextOf<Code>>

export type MessageValue = string | number | Message

/** `code` and `params` are absent where the text is that of somebody else: a log line, an error of the system. */
export interface Message {
  message: string
  code?: string | undefined
  params?: Record<string, MessageValue> | undefined
}

const valueSchema: z.ZodType<MessageValue> = z.union([
  z.string(),
  z.number(),
  z.lazy(() => messageSchema),
])
const partsShape = {
  code: z.string().optional(),
  params: z.record(z.string(), valueSchema).optional(),
}
/** Beside a `message`. An older Switchyard sends, and has stored, the message alone. */
export const messageParts = {
  code: partsShape.code.catch(undefined),
  params: partsShape.params.catch(undefined),
}
export const messageSchema: z.ZodType<Message> = z.object({ message: z.string(), ...partsShape })

const partsSchema = z.object(partsShape)
/** Of what the text fields of an object are made, by field. */
export const wordingSchema = z
  .record(z.string(), z.union([partsSchema, z.array(partsSchema)]))
  .optional()
  .catch(undefined)
export type Wording = z.infer<typeof wordingSchema>

/** A message with its English text. Texts of others among the values are made safe to show. */
export function message<Code extends MessageCode>(
  code: Code,
  ...[given]: [Places<Code>] extends [never] ? [] : [Record<Places<Code>, MessageValue>]
): Message {
  const params = Object.fromEntries(
    Object.entries<MessageValue>(given ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? printable(value) : value,
    ]),
  )
  const parts = { code, ...(given === undefined ? {} : { params }) }
  return { message: worded({ message: code, ...parts }, MESSAGES), ...parts }
}

/** A text of somebody else. */
export const quoted = (text: string): Message => ({ message: printable(text) })

/** One sentence after the other. */
export const joined = (...[first, ...others]: [Message, ...(Message | null)[]]): Message =>
  others.reduce<Message>(
    (before, next) => (next === null ? before : message('joined', { first: before, second: next })),
    first,
  )

/** The text of a message in the language of `texts`; its own where they do not have it. */
export function worded(said: Message, texts: Readonly<Record<string, string>>): string {
  const { code, params = {} } = said
  const text = code === undefined ? undefined : textOf(code, params, texts)
  if (text === undefined) return said.message
  return text.replace(PLACE, (_, name: string) => {
    const value = params[name]
    return typeof value === 'object' ? worded(value, texts) : String(value)
  })
}

const PLACE = /\{\{(\w+)\}\}/g

/** Undefined also where a value is missing: another version may have other ones. */
function textOf(
  code: string,
  params: Record<string, MessageValue>,
  texts: Readonly<Record<string, string>>,
): string | undefined {
  const form = params['count'] === 1 ? 'one' : 'other'
  const key = [code, `${code}_${form}`, `${code}_other`].find((one) => Object.hasOwn(texts, one))
  const text = key === undefined ? undefined : texts[key]
  const names = [...(text ?? '').matchAll(PLACE)].map(([, name = '']) => name)
  return names.every((name) => Object.hasOwn(params, name)) ? text : undefined
}

type Said = Message | null | readonly Message[]
type Texts<Fields extends Record<string, Said>> = {
  [Field in keyof Fields]:
    | Exclude<Fields[Field], Message | readonly Message[]>
    | (Fields[Field] extends readonly Message[] ? string[] : string)
}

/** The text of each field, and beside them what they are made of. */
export function inWords<Fields extends Record<string, Said>>(
  fields: Fields,
): Texts<Fields> & { wording?: Wording } {
  const said = Object.entries<Said>(fields)
  const texts = said.map(([field, one]) => [field, mapped(one, (each) => each.message)])
  const wording = said.flatMap(([field, one]) => {
    const parts = mapped(one, ({ code, params }) => ({ code, params }))
    return parts === null ? [] : [[field, parts] as const]
  })
  return {
    ...(Object.fromEntries(texts) as Texts<Fields>),
    ...(wording.length === 0 ? {} : { wording: Object.fromEntries(wording) }),
  }
}

const mapped = <T>(said: Said, one: (each: Message) => T): T | T[] | null =>
  said === null ? null : 'message' in said ? one(said) : said.map(one)

type Worded<Field extends string, Text> = { wording?: Wording } & Record<Field, Text>

/** The message in a text field of what `inWords` has made. */
export function messageIn<Field extends string>(view: Worded<Field, string>, field: Field): Message
export function messageIn<Field extends string>(
  view: Worded<Field, string | null>,
  field: Field,
): Message | null
export function messageIn<Field extends string>(
  view: Worded<Field, string | null>,
  field: Field,
): Message | null {
  const parts = view.wording?.[field]
  const text = view[field]
  return text === null ? null : { message: text, ...(Array.isArray(parts) ? {} : parts) }
}

/** The same for a field with several texts. */
export function messagesIn<Field extends string>(
  view: Worded<Field, readonly string[]>,
  field: Field,
): Message[] {
  const parts = view.wording?.[field]
  return view[field].map((text, index) => ({
    message: text,
    ...(Array.isArray(parts) ? parts[index] : {}),
  }))
}
