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
  'port.held': 'Port {{port}} is already in use by {{holder}}.',
  'port.stranger': 'port {{port}} is in use by {{holder}}, which is not this backend',
  'port.retry': 'The backend is started again then.',

  'holder.pid': 'process {{pid}}',
  'holder.program': '{{command}} (pid {{pid}})',
  'holder.program_of': '{{command}} (pid {{pid}}, user {{user}})',
  'holder.running': '{{holder}}, running for {{duration}}',
  'holder.another': 'another program',
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

  either: '{{first}} or {{second}}',
  'kind.array': 'an array',
  'kind.boolean': 'true or false',
  'kind.int': 'an integer',
  'kind.number': 'a number',
  'kind.object': 'an object',
  'kind.string': 'a string',
  'value.array': 'an array of {{length}}',
  'value.number': 'a number ({{value}})',
  'value.numbers': 'an array of numbers',
  'value.object': 'an object',
  'value.string': 'a string ({{value}})',

  'fault.custom': 'is {{value}}: {{reason}}',
  'fault.kind': 'must be {{kind}}, not {{value}}',
  'fault.missing': 'is missing',
  'fault.missing_kind': 'is missing; must be {{kind}}',
  'fault.name': 'is not a valid name: {{reason}}',
  'fault.no_form': 'is {{value}}, which fits none of the allowed forms',
  'fault.no_numbers': 'must not be an array of numbers',
  'fault.rule': '{{rule}}, not {{value}}',
  'fault.too_big': 'is {{value}}; must be at most {{max}}',
  'fault.too_long': 'has {{length}} characters; must be at most {{max}}',
  'fault.too_short': 'is too short; must hold at least {{min}}',
  'fault.too_small': 'is {{value}}; must be at least {{min}}',
  'fault.unknown_key': 'is not a known key',
  'fault.value': 'is {{value}}; must be {{allowed}}',
  'fault.variable': 'refers to the environment variable {{name}}, which is not set',

  'rule.control_character': 'contains a control character',
  'rule.empty_program': 'the program must not be empty',
  'rule.gpu_twice': 'names a GPU twice: {{ids}}',
  'rule.named_providers': 'needs providers by name, each one of {{known}}, not {{providers}}',
  'rule.needs_key': 'runtime: {{runtime}} needs {{key}}',
  'rule.not_zero': 'must not be 0',
  'rule.nul': 'contains a NUL character',
  'rule.other_runtime': '{{key}} is for runtime: {{runtimes}}; {{remedy}}',
  'rule.port_of_host': '{{host}} has a port outside {{min}}-{{max}}',
  'rule.port_range': 'must be within 1024-65535',
  'rule.positive': 'must be above 0',
  'rule.replicas': 'replicas starts processes; with runtime: external list them in hosts',
  'rule.replica_ports': '{{replicas}} replicas from port {{port}} reach to port {{last}}',
  'rule.use_batches': 'use max_batch_size',
  'rule.use_host': 'use host and port',
  'rule.variable_name': 'the name of an environment variable is not empty and contains no "="',

  'address.bare_ipv6': 'is an IPv6 address without brackets',
  'address.contains': 'contains {{character}}',
  'address.empty': 'is empty',
  'address.no_address': 'is not an address',
  'address.no_host_port': 'is not host:port',
  'address.no_ipv4': 'is not an IPv4 address',
  'address.no_ipv6': 'is not an IPv6 address',
  'address.no_name': 'is not a host name',
  'address.odd_ipv4': 'is an unusual spelling of an IPv4 address',
  'address.path': 'contains a path',
  'address.port': 'contains a port',
  'address.space': 'contains a space',
  'address.url': 'is a URL',
  'address.user': 'contains a user',
  'address.zone': 'has a zone, which a WebSocket URL cannot contain',

  'fix.anchor': 'Define the anchor (&name) above the alias (*name), or write the value itself.',
  'fix.any_host': 'Write 0.0.0.0 to listen on every network, or the name of the machine.',
  'fix.backend_list': 'List the backends under model_backends.',
  'fix.backslash': 'Write \\\\ for a backslash, or put the value in single quotes.',
  'fix.brackets': 'Remove the nested brackets.',
  'fix.by_hand': 'Edit the file by hand.',
  'fix.close_program': 'Close the program that holds the file open, and try again.',
  'fix.command':
    'Write a list of the program and its arguments, with quotes around "{port}": [python3, backend.py, --port, "{port}"].',
  'fix.create_file': 'Create it, or name another with --config FILE.',
  'fix.disk_full': 'The disk is full: make room, and try again.',
  'fix.divisor': 'Every value is divided by it; 1 leaves them as they are.',
  'fix.edit_again': 'Look at the file as it is now and make the change again.',
  'fix.encoding': 'Save it as UTF-8.',
  'fix.env': 'Write a text; for no value write "".',
  'fix.external': 'Correct the address of the external backend, or remove one of the two.',
  'fix.file': 'Fix the file and save it again.',
  'fix.free_name': 'Choose a name other than: {{names}}.',
  'fix.full_path': 'Use its full path in command, or extend PATH in env.',
  'fix.host': 'Write a name or an IP address, such as localhost, 192.168.1.20 or ::1.',
  'fix.host_port': 'Write the host and the port, such as {{example}}.',
  'fix.ipv4': 'Write four numbers of 0 to 255, such as 192.168.1.20.',
  'fix.key_list': 'Remove it. docs/configuration.md lists the keys of a section.',
  'fix.known_key': 'Remove it, or use one of: {{names}}.',
  'fix.lists': 'Move long lists, such as labels, into separate files.',
  'fix.meant': 'Did you mean {{word}}?',
  'fix.name': 'Choose another name.',
  'fix.name_rule': 'Use 1-{{max}} lower-case letters, digits, "_" or "-", beginning with a letter.',
  'fix.nul': 'Remove it; in double quotes \\0 is one.',
  'fix.number': 'Write {{number}}, without quotes or a unit.',
  'fix.one_document': 'Keep one, and remove the line --- with the others.',
  'fix.one_of': 'Use one of: {{names}}.',
  'fix.only_host': 'Write only the host: {{host}}.',
  'fix.port_or_stop': 'Use {{port}}, or stop that program.',
  'fix.other_port': 'Set another port, or stop that program.',
  'fix.other_address': 'Write another address of that machine, or its name.',
  'fix.path': 'Correct {{key}}; a relative path begins at {{folder}}.',
  'fix.port': 'Use {{port}}.',
  'fix.port_row': 'Use {{port}}: it and the ports up to {{last}} are free.',
  'fix.put_file': 'Put a file in its place, or name another with --config FILE.',
  'fix.quoted_path':
    'Put the path in single quotes, since "\\t" and "\\n" in double quotes are escapes.',
  'fix.read_only': 'The disk is read-only: copy the file elsewhere and name it with --config FILE.',
  'fix.read_right': 'Give this user the right to read it, or name another with --config FILE.',
  'fix.remove_cause': 'Remove the cause, or edit the file by hand.',
  'fix.rename_section': 'Rename the section to {{name}}.',
  'fix.runtime': 'For your own model file or program, set runtime: onnx or command.',
  'fix.script': 'Correct command or cwd.',
  'fix.section': 'Give it its own section with at least a port.',
  'fix.shorter_name': 'Choose a shorter one.',
  'fix.single_quotes': "Put the value in single quotes: '{{value}}'.",
  'fix.stop_backend': 'Stop a backend: every other port is in use.',
  'fix.name_example': 'For example: {{name}}.',
  'fix.syntax': 'Fix the syntax of the file by hand first.',
  'fix.syntax_line': 'Fix the indentation or quoting of this line.',
  'fix.top_key':
    'Remove it: the only key at the top is model_backends. Keys of other tools begin with x-.',
  'fix.unlock_file':
    'Give this user the right to write the file and its folder, and close programs that hold it.',
  'fix.variable':
    'Set it before Switchyard starts, write the value itself, or $$ for a dollar sign.',
  'fix.write': 'Write {{value}}.',
  'fix.write_right': 'Give this user the right to write the file and its folder.',

  'file.changed': 'The file was changed by another program since it was read.',
  'file.device': 'it is a device, not a regular file',
  'file.encoding': 'line {{line}} is not valid {{encoding}}',
  'file.folder': 'it is a folder, not a regular file',
  'file.irregular': 'it is not a regular file',
  'file.pipe': 'it is a pipe, not a regular file',
  'file.too_large': 'it is larger than {{limit}}',
  'file.unreadable': 'The file cannot be read ({{reason}}).',
  'file.unwritable': 'The file cannot be written ({{reason}}).',

  'config.at_key': '{{key}} {{fault}}.',
  'config.at_file': 'The file {{fault}}.',
  'config.backend_exists': 'A backend {{name}} already exists.',
  'config.builtin_missing':
    'There is no built-in backend "{{name}}". The built-in backends are {{names}}.',
  'config.documents': 'YAML syntax: The file contains more than one document.',
  'config.empty_section': 'The section of "{{name}}" is empty.',
  'config.escape': 'The path {{path}} contains the escape sequence {{escape}}.',
  'config.file_missing': 'The file {{file}} of {{key}} does not exist.',
  'config.folder_missing': 'The folder {{folder}} does not exist.',
  'config.long_name': 'The name {{name}} has {{length}} characters; at most {{max}}.',
  'config.name': '{{name}} is not a valid backend name.',
  'config.name_of_part': '"{{name}}" is the name of a part of Switchyard.',
  'config.name_of_replica': '"{{name}}" is the name of a replica of "{{owner}}".',
  'config.nested': 'YAML: The text is nested too deeply.',
  'config.no_backend': 'There is no backend {{name}}.',
  'config.no_backends': 'The file has no backends yet (model_backends is empty).',
  'config.none_yet': 'none yet',
  'config.not_applied': 'The configuration could not be applied: {{reason}}.',
  'config.others_run': 'The other backends run.',
  'config.port_owned': '{{place}} belongs to {{owner}}.',
  'config.port_replica': '{{place}} belongs to {{owner}}, and replica {{replica}} needs it.',
  'config.place': 'Port {{port}}',
  'config.place_on': 'Port {{port}} on {{host}}',
  'config.previous_active': 'The previous configuration is still active.',
  'config.program_missing': 'The program {{program}} does not exist.',
  'config.program_unfound': 'The program "{{program}}" is not on the PATH of Switchyard.',
  'config.problem': '{{place}}: {{problem}}',
  'config.proto_key': '"__proto__" is not a valid key or backend name.',
  'config.script_missing': 'The script {{script}} does not exist.',
  'config.refused': 'config refused: {{problem}}',
  'config.unknown_key': 'Unknown key {{key}}.',
  'config.uneditable':
    'The section is written in a form that cannot be changed without changing other parts.',
  'config.yaml': 'YAML: {{reason}}.',
  'config.yaml_syntax': 'YAML syntax: {{reason}}',

  'taken_back.keeps_port': '{{backend}} keeps its old port {{port}}.',
  'taken_back.keeps_keys': '{{backend}} keeps its previous {{keys}}.',
  'taken_back.reason': 'With the new {{keys}}: {{reason}}.',
  'taken_back.settings': 'settings',
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
    (before, next) =>
      next === null || next.message === ''
        ? before
        : message('joined', { first: before, second: next }),
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
export function asText<Fields extends Record<string, Said>>(
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

/** The message in a text field of what `asText` has made. */
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
