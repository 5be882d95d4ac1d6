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
  'fault.at': '{{key}} {{fault}}',
  'fault.whole': 'the message {{fault}}',

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

  'fix.cwd':
    'Correct `cwd` in models.yaml; a relative path begins at the folder of the configuration, or else of Switchyard.',
  'fix.program':
    'Correct `command` and `cwd` in models.yaml; a relative path begins at `cwd`, and a full path is safest.',
  'fix.port_forbidden':
    'Set another `port`. Ports below 1024 are privileged; on Windows `netsh interface ipv4 show excludedportrange protocol=tcp` lists the reserved ones.',
  'fix.port_taken':
    'Stop the program that the events name, or set another `port`. After a closed connection (TIME_WAIT) the backend restarts automatically.',
  'fix.apt': "Install the system's package, on Debian `apt install {{package}}`.",
  'fix.build':
    'Install the build for this system, CPU and program version; a script needs its interpreter first in `command`.',
  'fix.cpu_build':
    'Install a build of the library (onnxruntime, PyTorch) without AVX or AVX-512, or run on a newer CPU; in a virtual machine, pass the CPU of the host through.',
  'fix.executable': 'Make it executable (`chmod +x`), or put its interpreter first in `command`.',
  'fix.free_memory':
    'Lower `max_batch_size`, `queue_limit` and `cache_size`, stop other backends or programs, or give the machine (or container) more memory; on Windows, enlarge the page file.',
  'fix.gpu_driver':
    'Update the GPU driver, check the temperature and power of the GPU, and restart the machine; until then set `providers: [cpu]`.',
  'fix.gpu_memory':
    'Use a smaller model, batch or precision (`max_batch_size`, `precision: int8`), end other programs on the GPU, or run on the CPU (`providers: [cpu]`; for your own program `CUDA_VISIBLE_DEVICES: ""` in `env`).',
  'fix.js_heap':
    'Lower `queue_limit`, `cache_size` or `max_message_bytes`, or raise the limit with NODE_OPTIONS: --max-old-space-size=MEGABYTES in `env`.',
  'fix.killers': 'Usual senders: `kill -9`, a task manager, a container limit.',
  'fix.library':
    'Install the package that holds it (for CUDA and cuDNN: the versions that onnxruntime names; on Windows: the Visual C++ Redistributable), or add its folder to LD_LIBRARY_PATH or PATH in `env`.',
  'fix.model_file': 'Download or export the file again, and compare its size and SHA-256.',
  'fix.model_path': 'Correct the path of the model in models.yaml, or put the file there.',
  'fix.models': 'Run `npm run models`.',
  'fix.node_file':
    'It is a file of the program: put it there, or correct the path in the line that requires it.',
  'fix.npm': 'Run `npm ci` in the folder of the program.',
  'fix.own_host': 'Set `host` to localhost, or to an address of this machine.',
  'fix.own_module':
    '"{{name}}" looks like a folder of the program: set `cwd` to the folder that holds it, or PYTHONPATH in `env`.',
  'fix.pass_port':
    'Set `port` in models.yaml to the port of the program, or pass the configured one on: `{port}` in `command`, or SWITCHYARD_PORT in its environment.',
  'fix.pip':
    'Run `{{command}}`{{place}}, or name the Python of the right environment in `command`.',
  'fix.pip_in_cwd': ' in the folder of `cwd`',
  'fix.python':
    'Compare `{{python}} --version` with what the program requires; name another Python in `command`, or correct the line that the log names.',
  'fix.stoppers': 'Usual senders: `kill`, Ctrl+C in its terminal, a service manager, a log-off.',
  'fix.try_cpu':
    'Try `providers: [cpu]`; if that works, update the GPU driver. If not, download or export the model file again.',
  'fix.venv':
    'Create the virtual environment again (`python3 -m venv .venv` in the folder of `cwd`) and install its requirements, or put an interpreter first in `command`.',

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

  both: '{{first}} and {{second}}',
  clauses: '{{first}}; {{second}}',
  because: '{{what}}: {{reason}}',

  'exit.code': 'exit code {{code}}',
  'exit.none': 'ended without an exit code',
  'exit.shell': '{{signal}}, {{meaning}}',
  'exit.signal': 'ended by signal {{signal}}',
  'exit.status': '{{meaning}} ({{name}})',
  'end.abort': 'native code aborted',
  'end.arithmetic': 'an arithmetic error in native code',
  'end.asked_to_end': 'asked to end',
  'end.by_itself': 'ended by itself',
  'end.cpu_time': 'it reached its limit of CPU time',
  'end.ctrl_backslash': 'asked to end, as by Ctrl+\\',
  'end.ctrl_c': 'asked to end, as by Ctrl+C',
  'end.exception': 'a C++ exception was not caught',
  'end.exception_handler': 'the handler of uncaught exceptions failed',
  'end.file_size': 'it reached its limit of file size',
  'end.heap': 'native code damaged its heap',
  'end.illegal_instruction': 'it used an instruction that the CPU does not support',
  'end.internal': 'ended on an internal error',
  'end.library_init': 'a DLL could not be initialised',
  'end.library_missing': 'a DLL was not found',
  'end.library_unfit': 'a DLL is damaged, or made for another kind of CPU',
  'end.library_version': 'a DLL is of another version',
  'end.log_off': 'ended by a log-off or a shutdown',
  'end.mapped_memory': 'it read memory, or a mapped file, that is not available',
  'end.memory_access': 'native code accessed invalid memory',
  'end.model': 'could not load its model',
  'end.no_memory': 'out of memory',
  'end.node_option': 'Node rejected an option of its command line or NODE_OPTIONS',
  'end.not_executable': 'the program was found and cannot be executed',
  'end.not_found': 'the program, or a library that it starts with, was not found',
  'end.output_closed': 'its output was no longer read',
  'end.page_file': 'memory and page file are full',
  'end.port': 'could not listen on its port',
  'end.sandbox': 'a sandbox blocked a system call',
  'end.self_check': 'native code ended itself: an abort or a failed check',
  'end.stack_overflow': 'the stack overflowed',
  'end.terminal_closed': 'its terminal was closed',
  'end.top_level_await': 'Node had nothing left to wait for while a top-level await was pending',
  'end.trap': 'native code stopped itself on a failed check',
  'end.usage': 'rejected its command line or settings',
  'end.v8': 'a fatal error in V8',

  'probe.bad_pong': 'its pong does not match the protocol: {{pong}}',
  'probe.bad_status': 'its pong has the status {{status}}; use one of {{known}}',
  'probe.closed': '{{address}} closed the connection',
  'probe.closed_early': '{{address}} closed the connection during the WebSocket handshake',
  'probe.http': '{{address}} answered HTTP {{status}} instead of opening a WebSocket at /',
  'probe.no_handshake': '{{address}} did not complete the WebSocket handshake within {{seconds}} s',
  'probe.no_pong': 'the answer to health_check is neither pong nor health_response: {{answer}}',
  'probe.no_route': 'no route to {{address}} ({{code}})',
  'probe.no_socket': 'no WebSocket at {{address}}: {{reason}}',
  'probe.not_json': 'the answer to health_check is not JSON',
  'probe.refused': 'nothing listens at {{address}} (connection refused)',
  'probe.silent': '{{address}} accepted the connection and does not answer the health check',
  'probe.unresolved': 'the name "{{name}}" does not resolve ({{code}})',

  'reason.hung': 'it stopped answering health checks ({{missed}} missed)',
  'reason.internal': 'internal error: {{error}}',
  'reason.missed_one': '{{count}} health check unanswered',
  'reason.missed_other': '{{count}} health checks unanswered',
  'reason.no_answer': 'it did not answer a health check within {{seconds}} s (startup_timeout)',
  'reason.not_exited': 'it did not exit within {{seconds}} s after it was asked to stop',
  'reason.not_ready': 'it did not become ready within {{seconds}} s (startup_timeout)',
  'reason.not_started': 'it was not started',
  'reason.plane_exits': 'Switchyard exits immediately',
  'reason.reports': 'it reports "{{status}}"',
  'reason.restarts_one': '{{reason}}; {{count}} restart was tried',
  'reason.restarts_other': '{{reason}}; {{count}} restarts were tried',
  'reason.silent':
    'no answer to health checks or requests for {{seconds}} s (request_timeout {{timeout}} s)',
  'reason.slow': 'slow to answer health checks: {{ms}} ms',
  'reason.survived':
    'pid {{pid}} did not exit within {{seconds}} s after it was killed and may still run',
  'reason.unstartable': 'could not be started: {{reason}}',
  'reason.unwatched': 'no longer watched',
  'reason.with_end': '{{reason}} ({{end}})',

  'detail.busy': 'Busy {{seconds}} s; {{requests}}',
  'detail.external': 'not started by Switchyard',
  'detail.finishing': 'finishing {{requests}}',
  'detail.in_flight_one': '{{count}} request in flight',
  'detail.in_flight_other': '{{count}} requests in flight',
  'detail.no_pong': 'No answer to health checks for {{seconds}} s',
  'detail.not_answering': 'Not answering yet: {{reason}}',
  'detail.queued_one': 'Waiting for {{count}} other start',
  'detail.queued_other': 'Waiting for {{count}} other starts',

  'event.backoff': '{{reason}}; try {{attempt}} of {{max}} in {{seconds}} s',
  'event.degraded': 'degraded: {{reason}}',
  'event.failed': 'failed: {{reason}}',
  'event.ready': 'ready on {{provider}}',
  'event.unreachable': 'unreachable: {{reason}}; it is tried again',
  'state.backoff': 'backoff',
  'state.busy': 'busy',
  'state.degraded': 'degraded',
  'state.disabled': 'disabled',
  'state.failed': 'failed',
  'state.loading': 'loading',
  'state.ready': 'ready',
  'state.starting': 'starting',
  'state.stopping': 'stopping',
  'state.unreachable': 'unreachable',

  'gpu.answers': '{{source}} answers {{text}}',
  'gpu.answers_bytes': '{{source}} answers {{value}} bytes',
  'gpu.answers_nothing': '{{source}} answers nothing',
  'gpu.answers_percent': '{{source}} answers {{value}} percent',
  'gpu.asleep': 'the GPU is asleep (power/runtime_status: suspended), and reading would wake it',
  'gpu.cards_display_only': '{{folder}} has only cards without a render node: {{cards}}',
  'gpu.cards_none': '{{folder}} has no card',
  'gpu.cards_nvidia': "all cards run with NVIDIA's driver, which reports nothing in fdinfo",
  'gpu.cards_unknown': 'no known card: {{reason}}',
  'gpu.command_failed': '{{program}} failed with exit code {{code}}',
  'gpu.command_killed': '{{program}} was killed by a signal',
  'gpu.command_missing': '{{program}} is missing; {{system}} comes with it',
  'gpu.command_stuck':
    'the last {{program}} (pid {{pid}}) was killed and has not exited; its driver may hang. Restart the computer',
  'gpu.command_timeout': '{{program}} did not answer within {{ms}} ms and was killed',
  'gpu.command_unrunnable': '{{program}} could not be run: {{reason}}',
  'gpu.counters_none': 'Windows has no counters for any GPU',
  'gpu.counters_unread':
    'the GPU counters of Windows cannot be read: {{reason}}; they need Windows 10 1709 and a WDDM 2 driver',
  'gpu.cuda_only':
    'it lists only processes that compute with CUDA, by the numbers that they have outside of containers',
  'gpu.driver_no_file': 'the driver has no file {{file}}',
  'gpu.driver_no_memory':
    'the {{driver}} driver of this kernel does not report the memory of a process',
  'gpu.driver_no_name': 'the driver reports no name, and the device is not on the PCI bus',
  'gpu.driver_no_sensor': 'the driver has no hwmon sensor',
  'gpu.driver_odd': 'the {{driver}} driver reports {{key}} as "{{text}}"',
  'gpu.external': 'not measured for external backends',
  'gpu.list_incomplete': 'process {{pid}} is not listed, and the list is not complete: {{reason}}',
  'gpu.list_of_backends': 'only the processes of backends are inspected',
  'gpu.macos_load':
    'macOS reports the load and temperature of a GPU to administrators only (powermetrics)',
  'gpu.macos_memory': 'macOS does not report how much memory of a GPU is in use',
  'gpu.macos_processes':
    'macOS does not report how much GPU memory a process uses; its RAM includes what it shares with the GPU',
  'gpu.names_alike': "{{gpus}} GPUs are named {{name}}, so nvidia-smi's values cannot be assigned",
  'gpu.no_listing': 'no source reports which processes use the GPU',
  'gpu.no_process': 'no process runs',
  'gpu.no_reason': 'no reason was given',
  'gpu.none_found': 'no GPU was found: {{reason}}',
  'gpu.none_read': 'no GPU could be read: {{reason}}',
  'gpu.not_loaded': 'known once the model is loaded',
  'gpu.not_running': 'not running',
  'gpu.nvidia_access': 'grant this user access to /dev/nvidia*',
  'gpu.nvidia_lost': 'the GPU no longer responds; restart the computer',
  'gpu.nvidia_unloaded':
    'the NVIDIA driver is not loaded; install one for this system, or restart the computer',
  'gpu.nvidia_updated':
    'the NVIDIA driver was updated but the old one is still loaded; restart the computer',
  'gpu.on_cpu': 'runs on CPU',
  'gpu.pci_unnamed': 'the list of PCI names has no {{id}}; install the package hwdata or pciutils',
  'gpu.process_ended': 'process {{pid}} is no longer running',
  'gpu.process_files': 'process {{pid}} has {{files}} files open, too many to inspect',
  'gpu.process_nvidia': 'process {{pid}} has an NVIDIA GPU open; {{reason}}',
  'gpu.process_other_user':
    'process {{pid}} belongs to another user: its open files cannot be read',
  'gpu.process_silent':
    'process {{pid}} has {{node}} open, and this kernel reports nothing about it',
  'gpu.process_unlisted':
    'process {{pid}} has an NVIDIA GPU open, but nvidia-smi does not list it: {{reason}}',
  'gpu.profiler_no_memory': 'system_profiler does not report its memory',
  'gpu.profiler_no_name': 'system_profiler reports no name',
  'gpu.profiler_none': 'system_profiler lists no GPU',
  'gpu.profiler_odd': 'system_profiler reports its memory as {{text}}',
  'gpu.registry_no_adapter': 'the registry has no adapter {{id}}',
  'gpu.registry_no_memory': 'the registry does not contain it',
  'gpu.smi_missing': 'nvidia-smi is not installed',
  'gpu.smi_none': 'nvidia-smi found no NVIDIA GPU',
  'gpu.smi_odd': 'nvidia-smi returned an unexpected line: {{line}}',
  'gpu.smi_wddm':
    'nvidia-smi does not report the memory of processes under WDDM, where Windows manages it',
  'gpu.unified':
    'CPU and GPU share one memory (Apple silicon): the memory of a backend is part of its RAM',
  'gpu.unread': 'the GPUs have not been read yet',
  'gpu.unsupported': 'GPUs are not supported on {{system}}',
  'gpu.windows_memory': 'Windows does not report its memory usage',
  'gpu.windows_process': 'Windows does not report the memory of process {{pid}}',
  'gpu.windows_temperature': 'Windows has no counter of GPU temperatures',

  'stop.freed': 'freed {{memory}}; {{port}}',
  'stop.gpu': '{{size}} GPU memory',
  'stop.port_free': 'port {{port}} is free',
  'stop.port_held': 'port {{port}} of {{host}} is still held (EADDRINUSE)',
  'stop.port_refused': 'port {{port}} of {{host}} is not available: {{reason}}',
  'stop.ram': '{{size}} RAM',
  'stop.ram_hidden': 'the RAM of pid {{pid}} may not be read',
  'stop.ram_unknown': 'an unknown amount of RAM ({{reason}})',
  'stop.survivor': '{{process}} still runs {{seconds}} s after it was killed',
  'stop.survivor_of': '{{process}} belongs to {{owner}} and keeps running',
  'stop.another_user': 'another user',
  'stop.no_process': 'no process with the pid {{pid}} is seen',
  'stop.process': 'pid {{pid}}',
  'stop.process_named': 'pid {{pid}} ({{name}})',

  'plan.changed': 'config: {{why}}',
  'plan.added_off': 'its section is new and not enabled: it stays off',
  'plan.added_on': 'its section is new and enabled: it starts',
  'plan.live_one': '{{keys}} takes effect immediately',
  'plan.live_other': '{{keys}} take effect immediately',
  'plan.next_start': 'enabled is {{value}} from the next start of Switchyard on',
  'plan.removed': 'its section was removed: it stops',
  'plan.restart_one': '{{keys}} is read at the start: it restarts if it runs',
  'plan.restart_other': '{{keys}} are read at the start: it restarts if it runs',
  'plan.starts': 'enabled is true now: it starts',
  'plan.stops': 'enabled is false now: it stops',
  'plan.unchanged': 'nothing has changed',
  'plan.with': '{{why}} with the new {{keys}}',
  'plan.unrestored': 'the previous configuration could not be restored: {{reason}}',

  'action.released_one': '{{count}} input was released from quarantine',
  'action.released_other': '{{count}} inputs were released from quarantine',
  'action.restart': 'restarted by you',
  'action.start': 'started by you',
  'action.stop': 'stopped by you',

  'crash.likely': '{{end}}; likely cause: {{cause}}',
  'crash.no_memory': 'it never answered a health check, which reports its memory',

  'cause.address_unavailable': 'Its `host` is not an address of this machine.',
  'cause.fault_while_loading':
    'Native code failed while the model was loaded: the provider, its driver, or the model.',
  'cause.gpu_device_lost': 'The GPU was lost: its driver was reset, updated, or crashed.',
  'cause.gpu_driver_unfit': 'The GPU driver is missing, too old, or not the one that is loaded.',
  'cause.gpu_memory_exhausted': 'The GPU is out of memory.',
  'cause.interpreter_missing': 'The interpreter in the first line of the program does not exist.',
  'cause.js_heap_exhausted': 'The JavaScript heap was full.',
  'cause.killed_for_memory':
    'The kernel ended it, because the memory of the machine or of its container was full.',
  'cause.killed_from_outside': 'Killed from outside (SIGKILL).',
  'cause.memory_exhausted': 'Memory could not be allocated.',
  'cause.model_corrupt': 'The model file{{subject}} is damaged, or is not a model.',
  'cause.model_missing': 'The model file{{subject}} is missing.',
  'cause.node_module_missing': 'Node cannot find the module{{subject}}.',
  'cause.port_forbidden': 'The system does not let it listen on its port{{subject}}.',
  'cause.port_taken': 'Its port{{subject}} is already in use.',
  'cause.program_not_executable': 'The program{{subject}} is not executable.',
  'cause.program_not_found': 'The program{{subject}} does not exist.',
  'cause.program_unfit': 'The program is not made for this system or CPU.',
  'cause.python_module_missing': 'The Python environment lacks the module{{subject}}.',
  'cause.python_syntax':
    'The program does not fit the version of Python{{subject}}, or has a syntax error.',
  'cause.shared_library_missing': 'A shared library could not be loaded{{subject}}.',
  'cause.shared_library_unfit':
    'A shared library does not fit this system, or this program{{subject}}.',
  'cause.stopped_from_outside': 'Stopped from outside by a signal.',
  'cause.subject': ': {{subject}}',
  'cause.unsupported_cpu_instruction':
    'This CPU lacks an instruction that a native library uses{{subject}}.',
  'cause.working_folder_missing': 'The folder that the program starts in does not exist.',
  'cause.wrong_port': 'The program does not listen on the configured port.',
  'evidence.end': 'How it ended: {{end}}.',
  'evidence.lines_one': 'Confirmed by a log line.',
  'evidence.lines_other': 'Confirmed by {{count}} log lines.',
  'evidence.no_oom': "Not the kernel's out-of-memory killer: it counted no kill.",
  'evidence.oom_kill':
    "The kernel's count oom_kill in {{file}} rose from {{earlier}} to {{count}}.",
  'evidence.oom_unknown':
    "Whether it was the kernel's out-of-memory killer is unknown: {{reason}}.",
  'oom.dry_run': 'it is not read for a dry run',
  'oom.no_count': '{{system}} keeps no count of processes ended for memory',
  'oom.no_counter': 'none of {{files}} holds oom_kill',
  'oom.unread': 'not read yet',

  'start.as_node': 'as a Node process',
  'start.changed': 'Started {{how}}: {{why}}.',
  'start.crashed_loading': 'its last start crashed while it loaded ({{end}})',
  'start.crashed_running': 'two of its runs crashed ({{end}})',
  'start.no_arena': "without onnxruntime's CPU arena",
  'start.no_node':
    'On Linux, built-in backends run under Node until the image library has passed its check in this Electron, and no Node was found. Install one and set SWITCHYARD_NODE to it, or use the package with Node.',
  'start.no_folder': 'its folder {{folder}} (`cwd`) does not exist',
  'start.not_folder': 'its folder {{folder}} (`cwd`) is not a folder',
  'start.usual': 'as usual',

  'format.archive':
    'is an archive, such as a PyTorch checkpoint (.pt). Export the model to ONNX, or unpack the archive that holds it.',
  'format.compressed': 'is a compressed file. Unpack it.',
  'format.empty': 'is empty. Copy or export it again.',
  'format.gguf': 'is a GGUF model of llama.cpp. Serve it with llama-server as runtime: command.',
  'format.git_lfs':
    'is a Git LFS pointer, not the model itself. Run `git lfs pull` in its repository, or download the file.',
  'format.hdf5': 'is an HDF5 file, such as a Keras model (.h5). Convert the model to ONNX.',
  'format.numpy': 'is a NumPy array, not a model. Correct the path.',
  'format.pickle':
    'is a Python pickle, such as a PyTorch checkpoint or a scikit-learn model. Export the model to ONNX.',
  'format.picture': 'is a picture, not a model. Correct the path.',
  'format.safetensors': 'holds weights without a graph (safetensors). Export the model to ONNX.',
  'format.tensorrt': 'is a TensorRT engine. Use the ONNX file that it was built from.',
  'format.text': 'is a text ("{{text}}"), not a model. Download the file itself.',
  'format.tflite': 'is a TensorFlow Lite model (.tflite). Convert the model to ONNX with tf2onnx.',
  'format.web_page': 'is a web page, not a model. Download the file itself.',
  'format.xml': 'is an XML file, such as an OpenVINO model (.xml). Export the model to ONNX.',
  'format.zeros':
    'only has zero bytes at its start, like an incomplete download. Copy or export it again.',

  'model.external':
    'it names external data at {{location}}, outside its folder; move the file next to the model and save the model again with that name',
  'model.many_nodes': 'it has more than {{max}} nodes',
  'model.no_graph': 'it holds no graph',
  'model.no_path': 'the backend does not report a file that may be opened',
  'model.not_onnx': '{{file}} is not an ONNX model: {{reason}}',
  'model.other_file': 'this file is not an ONNX model',
  'model.other_format': 'it {{fault}}',
  'model.replaced':
    '{{file}} is not the file that {{description}} describes (sha256 {{found}}…, expected {{expected}}…); run `npm run models`, or describe your own file there',
  'model.unconverted':
    'the model file {{file}} cannot be opened ({{reason}}); run `npm run models`',
  'model.undescribed': '{{file}} is not a model description; run `npm run models`',
  'model.uninstalled':
    'the model file {{file}} cannot be opened ({{reason}}); reinstall Switchyard',
  'model.unopened': '{{file}} cannot be opened: {{reason}}.',

  'wire.cut': 'the file ends at byte {{at}}',
  'wire.long_number': 'a number at byte {{at}} is longer than ten bytes',
  'wire.no_end': 'a number at byte {{at}} has no end',
  'wire.no_field': 'no field at byte {{at}}',
  'wire.too_long': 'a field at byte {{at}} extends beyond its message',
  'wire.type': 'wire type {{type}} at byte {{at}}',

  'placement.cpu': 'all nodes on CPU',
  'placement.input': 'input "{{name}}" is not a tensor',
  'placement.no_node': 'the profile names no node',
  'placement.no_profile': 'onnxruntime wrote no profile',
  'placement.type': 'no blank input of type {{type}} is known',
  'placement.unknown': 'where the nodes run is unknown: the probe failed ({{reason}})',

  'progress.loading': 'loading {{file}}',
  'progress.lost': 'the model of {{name}} is lost: {{reason}}',
  'progress.reading': 'reading the model files',
  'progress.stalled': 'an inference run exceeded its deadline by {{seconds}} s',
  'progress.starting': 'starting',
  'progress.warm_up': 'warm-up {{done}} of {{total}}',

  'port.wrong': 'it listens on port {{ports}}, and port {{port}} is configured',
  'port.own': 'port {{port}} on {{host}} is that of {{backend}} itself, which runs as pid {{pid}}',

  'call.closing': 'Switchyard is shutting down.',
  'call.network': '{{file}} is on another machine; copy it here first.',
  'call.no_backend': 'there is no backend "{{name}}"; known: {{known}}',
  'call.no_crash': 'there is no crash card "{{id}}"',
  'call.no_file': 'No such file: {{file}}',
  'call.no_free_port': 'No port is free on {{host}}.',
  'call.no_model': '{{name}} has not loaded a model "{{model}}"',
  'call.no_port': '"{{name}}" has no port',
  'call.no_profile': 'the file of {{name}} is not a known ONNX model',
  'call.no_trial': 'no backend is on trial',
  'call.not_builtin': '"{{name}}" is not a built-in backend',
  'call.profile_busy': 'another model is being profiled; try again',
  'call.profile_late': 'it took longer than {{seconds}} s',
  'call.token_unwritten':
    'The token file {{file}} cannot be written: {{reason}}. The old token is still valid.',
  'call.too_large':
    'the message is larger than the {{bytes}} bytes of max_message_bytes; choose a smaller file',
  'call.unprofiled': '{{file}} could not be profiled: {{reason}}',
  'call.unreadable': '{{file}} cannot be read ({{reason}})',
  'call.not_json': 'the call is not JSON',

  'menu.about': 'About Switchyard',
  'menu.backends': 'Backends',
  'menu.close': 'Close window',
  'menu.copy': 'Copy',
  'menu.crashes': 'App crash reports',
  'menu.cut': 'Cut',
  'menu.edit': 'Edit',
  'menu.events': 'Events',
  'menu.file': 'File',
  'menu.help': 'Help',
  'menu.hide': 'Hide Switchyard',
  'menu.hideOthers': 'Hide others',
  'menu.logs': 'Logs',
  'menu.paste': 'Paste',
  'menu.preferences': 'App settings folder',
  'menu.quit': 'Quit Switchyard',
  'menu.redo': 'Redo',
  'menu.resetZoom': 'Actual size',
  'menu.safe_mode': 'Restart in safe mode',
  'menu.selectAll': 'Select all',
  'menu.services': 'Services',
  'menu.settings': 'Settings',
  'menu.show': 'Show Switchyard',
  'menu.start_all': 'Start all',
  'menu.state': 'Logs and metrics folder',
  'menu.stop_all': 'Stop all',
  'menu.system': 'GPU and system',
  'menu.test': 'Playground',
  'menu.togglefullscreen': 'Toggle full screen',
  'menu.undo': 'Undo',
  'menu.unhide': 'Show all',
  'menu.view': 'View',
  'menu.window': 'Window',
  'menu.zoomIn': 'Zoom in',
  'menu.zoomOut': 'Zoom out',

  'app.cancel': 'Cancel',
  'app.cannot_read': '{{file}} cannot be read: {{reason}}',
  'app.cannot_start': 'Switchyard cannot start',
  'app.close_question': 'Backends are running. Quit Switchyard and stop them?',
  'app.crashed': '{{backend}} crashed',
  'app.failed': '{{backend}} failed',
  'app.fatal': 'Switchyard quits after an unexpected error',
  'app.file_kind': '{{file}} is neither a picture nor an EEG recording. Supported: {{endings}}.',
  'app.link': 'Unknown link',
  'app.link_form': '{{link}}; use switchyard://view/logs or switchyard://backend/NAME.',
  'app.no_node':
    'No Node.js is bundled: backends of other programs, and profiles, need an installed `node`.',
  'app.no_tray':
    'This desktop shows no tray icons: closing the window quits. On GNOME, the extension AppIndicator adds them.',
  'app.no_window': 'No desktop window: {{reason}}. Serving the panel headless.',
  'app.page_question': 'The panel keeps crashing. The backends run on. Reload it?',
  'app.ready': 'Switchyard: {{ready}} of {{total}} ready',
  'app.recovered': '{{backend}} runs again',
  'app.reload': 'Reload',
  'app.safe_mode':
    'Safe mode ({{why}}): no backend starts by itself, and the panel is drawn without the GPU. Quit and start again to leave it.',
  'app.safe_mode_asked': 'as requested',
  'app.safe_mode_failed': 'the last {{failed}} starts failed',

  'app.could_not_start': 'Switchyard could not start: {{reason}}',
  'app.cannot_listen':
    'Cannot listen on {{host}}: {{reason}}. Use an address of this machine, such as 127.0.0.1.',
  'app.port_closing':
    'Cannot listen: {{sentence}} Start again then, or use --port 0 for any free port.',
  'app.port_held':
    'Cannot listen: {{sentence}} Use --port 0 for any free port, or stop that program.',
  'app.port_refused': 'Cannot listen: {{sentence}} Use --port 0 for any free port.',

  'desktop.both': '{{first}}, and {{second}}',
  'desktop.no_binary': 'no Electron binary (run `npx install-electron --no` to fetch it)',
  'desktop.no_display': 'no display (neither DISPLAY nor WAYLAND_DISPLAY is set)',
  'desktop.other_version':
    'the Electron binary is version {{present}} instead of {{wanted}} (run `npx install-electron --no` to fetch it)',
  'desktop.override':
    'no Electron binary at {{binary}}, where ELECTRON_OVERRIDE_DIST_PATH points (unset it or correct it)',
  'desktop.root':
    'Electron does not run as root (start it as another user, or add `-- --no-sandbox`)',
  'desktop.sandbox':
    "this system forbids Electron's sandbox (run `sudo chown root:root {{helper}}` and `sudo chmod 4755 {{helper}}`)",

  'refusal.no_listen': 'cannot listen on {{host}}:{{port}}: {{reason}}',
  'refusal.no_model': 'cannot load the model: {{reason}}',
  'refusal.port_forbidden':
    'port {{port}} on {{host}} is forbidden for this user; choose one of 1024-65535',
  'refusal.port_in_use':
    'port {{port}} on {{host}} is already in use; stop the program that holds it, or choose another port',

  'update.current': 'Version {{version}} is the newest at {{feed}}.',
  'update.failed': 'Checking {{feed}} failed: {{reason}}',
  'update.found': 'Version {{version}} is being downloaded.',
  'update.loaded':
    'Version {{version}} is downloaded and is installed when you quit. A deb package then asks for your password.',
  'update.no_feed': 'No update feed URL is set.',
  'update.not_checked': 'Not checked yet.',
  'update.not_loaded': 'Downloading version {{version}} failed: {{reason}}',
  'update.off': 'Updates are switched off.',
  'update.sources': 'Version {{version}} runs from its sources; update it with git.',

  'link.closed': 'The client was closed.',
  'link.lost': 'The connection to Switchyard was lost.',
  'link.misfit': 'Switchyard sent a message that does not match the protocol: {{reason}}.',
  'link.misfit_reply':
    'The reply to {{method}} does not match the protocol. Use the same version on both sides.',
  'link.no_reply': 'Switchyard did not reply to {{method}} within {{seconds}} s.',
  'link.none': 'Not connected to Switchyard.',
  'link.not_json': 'Switchyard sent a message that is not JSON.',
  'link.not_reached': 'The expected state was not reached within {{seconds}} s.',
  'link.rejected': 'Switchyard rejected the connection (HTTP {{status}}).',
  'link.token': 'Switchyard rejected the token.',
  'link.unopened': 'The connection to Switchyard could not be opened.',

  'logs.busy': '{{waiting}} searches are already waiting; try again later',
  'logs.cancelled': 'the search was cancelled',
  'logs.closed': 'the log search is closed',
  'logs.ended': 'the log search ended: {{reason}}',
  'logs.ended_with': 'the log search ended with code {{code}}',
  'logs.export_cancelled': 'the export was cancelled',
  'logs.regex':
    'the regular expression "{{pattern}}" is not valid: {{reason}}; correct it, or search for plain text',
  'logs.timeout':
    'the search timed out after {{seconds}} s: the pattern takes too long on these lines; use a simpler one, without nested repetitions such as (a+)+, or search for plain text',

  'input.not_base64': '{{key}} is not base64: {{fault}}',
  'input.data_url': '{{key}} is a data URL without ";base64," ({{start}}); encode it as base64',
  'input.base64_character': 'character {{character}} at position {{at}} does not belong',
  'input.base64_length':
    'its {{length}} characters are not a whole number of bytes; the text may be truncated',
  'input.two_images': 'data has both "image" and "images"; send one of the two',
  'input.no_image':
    'data.image is missing; send an image as base64 or a data URL, or several in data.images',
  'input.no_attachment': '{{key}} names attachment {{index}}, which is not there',
  'input.no_frames':
    'data has neither image, images nor rgb_frames; send one picture, several, or the frames of a window',
  'input.no_object': 'the message must be a JSON object with a "type", not {{value}}',
  'input.no_type': 'message type is missing; use one of: {{known}}',
  'input.type': 'message type {{type}} is unknown; use one of: {{known}}',

  'picture.bmp_cut':
    'The BMP file is cut off: it ends before its last pixel. Send it again, or export it again.',
  'picture.bmp':
    'The BMP file holds {{what}}, which cannot be decoded here. Save it with 24 bits and without compression, or as PNG.',
  'picture.bmp_header': 'a header of {{bytes}} bytes',
  'picture.compressed': 'pixels in {{name}} compression',
  'picture.bit_pixels': '{{bits}}-bit pixels',
  'picture.no_area': 'a picture of {{width}} x {{height}} pixels',
  'picture.mask': 'a transparency mask',
  'picture.icc_lab': 'ICC Lab colours',
  'picture.itu_lab': 'ITU Lab colours',
  'picture.sensor': 'the unprocessed pixels of a camera sensor',
  'picture.logl': 'LogL values',
  'picture.logluv': 'LogLuv values',
  'picture.linear_raw': 'linear raw values of a camera',
  'picture.colours': 'colours of kind {{kind}}',
  'picture.samples': '{{bits}}-bit {{kind}} {{colours}}samples',
  'picture.unsigned': 'unsigned',
  'picture.signed': 'signed',
  'picture.float': 'float',
  'picture.complex': 'complex',
  'picture.not_numbers': 'that are not a number',
  'picture.range': 'from {{least}} to {{most}}',
  'picture.tiff_pages':
    'The TIFF file has more than {{max}} pages or an overlong directory. Only the first page is read; save it as a separate file.',
  'picture.tiff':
    'The TIFF file holds {{fault}}, which cannot be decoded here. Save it as 8-bit or 16-bit RGB or grey without compression, or as PNG.',
  'picture.samples_per_pixel': '{{count}} samples per pixel',
  'picture.mixed_samples': 'samples of different kinds',
  'picture.grey_alpha': '32-bit grey samples with alpha',
  'picture.tiff_deep':
    'The TIFF file has {{width}} x {{height}} pixels of 32-bit samples, {{megabytes}} MB. The limit is {{max}} MB; scale it down, or save it with 8 or 16 bits.',
  'picture.tiff_float':
    'The TIFF file holds float samples {{range}}. They are read as sRGB from 0 (black) to 1 (white); scale them to this range, or save 8-bit or 16-bit samples.',
  'picture.fix_format': 'Send JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF.',
  'picture.fix_export': 'Export it as PNG or JPEG.',
  'picture.fix_heic': 'Export it as JPEG, or set the camera to Most Compatible.',
  'picture.kind_heic': 'HEIC pictures (HEVC)',
  'picture.kind_dicom': 'DICOM files',
  'picture.kind_jxl': 'JPEG XL pictures',
  'picture.kind_jp2': 'JPEG 2000 pictures',
  'picture.kind_pnm': 'PPM, PGM and PBM pictures',
  'picture.kind_raw': 'Camera raw files',
  'picture.kind_exr': 'OpenEXR pictures',
  'picture.kind_hdr': 'Radiance HDR pictures',
  'picture.kind_psd': 'Photoshop files',
  'picture.kind_ico': 'Windows icons',
  'picture.kind_pdf': 'PDF documents',
  'picture.kind_numpy': 'NumPy arrays',
  'picture.kind_zip': 'ZIP archives',
  'picture.kind_gzip': 'Gzip files',
  'picture.kind_mp4': 'MP4 and QuickTime videos',
  'picture.kind_mkv': 'Matroska and WebM videos',
  'picture.kind_avi': 'AVI and WAV files',
  'picture.kind_svg': 'SVG drawings',
  'picture.kind_html': 'HTML pages',
  'picture.kind_xml': 'XML documents',
  'picture.kind_json': 'JSON texts',
  'picture.kind_twice': 'The text of a data URL that was encoded twice',
  'picture.kind_text': 'Text files',
  'picture.fix_dicom': 'Export the frame as 8-bit PNG, with the window that shows what matters.',
  'picture.fix_pnm': 'Save it as PNG.',
  'picture.fix_page': 'Export the page as PNG.',
  'picture.fix_array': 'Save the array as a PNG picture.',
  'picture.fix_each': 'Send the pictures in it one by one.',
  'picture.fix_inside': 'Send the picture in it.',
  'picture.fix_frames': 'Send single frames.',
  'picture.fix_png': 'Export it as PNG.',
  'picture.fix_once': 'Encode the file once.',
  'picture.empty':
    'The image is empty (0 bytes). Send the bytes of a JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF file.',
  'picture.unknown': 'The {{bytes}} bytes are not a picture of a known format. {{remedy}}',
  'picture.refused': '{{name}} cannot be decoded here. {{remedy}}',
  'picture.heif': 'HEIF pictures in {{compression}} compression',
  'picture.side':
    'The image has {{width}} x {{height}} pixels. The limit for a side is {{max}}; scale it down or crop it before sending.',
  'picture.pixels':
    'The image has {{width}} x {{height}} pixels ({{megapixels}} megapixels). The limit is {{max}} megapixels; scale it down before sending.',
  'picture.damaged':
    'The {{kind}} file is damaged or cut off ({{reason}}). Send it again, or export it again.',
  'picture.kind': 'kind {{kind}}',

  'run.fewer': 'the model answered fewer items than it was given',
  'run.queue_full':
    '{{waiting}} requests are already waiting (queue_limit {{limit}}); send fewer concurrently or retry later',
  'run.cancelled': 'request "{{id}}" was cancelled',
  'run.closed': 'the connection closed',
  'run.failed': 'inference failed: {{reason}}',
  'run.timeout':
    'no answer within {{seconds}} s (request_timeout); {{requests}} requests are in flight',
  'run.many':
    '{{limit}} requests of this connection are in flight; wait for answers before you send more',
  'run.unknown': 'no request "{{id}}" is in flight on this connection; it may be answered already',
  'run.starting': '{{name}} is still starting',
  'run.not_reloaded': 'not reloaded, the old model stays: {{reason}}',
  'run.loading':
    '{{name}} is still loading ({{detail}}); wait until health_check answers "healthy"',
  'run.stopping': '{{name}} is stopping; wait until health_check answers "healthy"',
  'run.lost': '{{name}} has lost its model and restarts; wait until health_check answers "healthy"',
  'run.model_lost': 'the model was lost; send the request again',

  'eeg.stated_rate':
    'the file states a sampling rate of {{hz}} Hz; {{min}} to {{max}} Hz are supported; resample it, or set sampling_rate if the file is wrong',
  'eeg.clock_rate':
    'the time column cannot be used: its time stamps are {{step}} apart on average, which is {{rate}} Hz; {{min}} to {{max}} Hz are supported; record every sample, or set sampling_rate if the column is wrong',
  'eeg.unit': 'unit is {{value}}; it must be one of {{units}}',
  'eeg.file_size': '{{file}} has {{bytes}} bytes, the limit is {{max}}; split the recording',
  'eeg.many_rates':
    'the {{format}} file has EEG signals at {{count}} different sampling rates ({{rates}}), the limit is {{max}}; resample them to one',
  'eeg.empty_file': 'the EEG file is empty (0 bytes); send EDF, BDF, CSV or TXT',
  'eeg.other_format': 'the EEG file is {{name}}, which is not supported; {{remedy}}',
  'eeg.fix_edfbrowser': 'convert it to EDF, such as with EDFbrowser',
  'eeg.fix_mne': 'convert it to EDF, such as with mne.export.export_raw in Python',
  'eeg.kind_gdf': 'a GDF file',
  'eeg.kind_brainvision': 'a BrainVision header',
  'eeg.kind_fif': 'a FIF file',
  'eeg.kind_xdf': 'an XDF file',
  'eeg.kind_cnt': 'a Neuroscan CNT file',
  'eeg.kind_matlab': 'a MATLAB file',
  'eeg.kind_hdf5': 'an HDF5 or MATLAB 7.3 file',
  'eeg.kind_zip': 'a ZIP archive or Excel file',
  'eeg.kind_gzip': 'a gzip archive',
  'eeg.kind_pdf': 'a PDF',
  'eeg.kind_png': 'a PNG image',
  'eeg.kind_jpeg': 'a JPEG image',
  'eeg.fix_csv': 'export it as CSV in microvolts',
  'eeg.fix_unpack_csv': 'unpack it, or save it as CSV',
  'eeg.fix_unpack': 'unpack it',
  'eeg.fix_send': 'send a recording as EDF or CSV',
  'eeg.names_kind': 'channel_names is {{value}}; give a list of names, or leave it out',
  'eeg.name_kind':
    'channel_names[{{at}}] is {{value}}; a name is a text of 1 to {{max}} characters, such as "Fp1"',
  'eeg.same_names':
    'channel_names holds {{first}} and {{second}}, which are the same channel; give every channel a unique name',
  'eeg.name_count':
    'channel_names holds {{names}} names, the signal has {{channels}} channels; give a list of {{channels}} names, or leave it out',
  'eeg.no_signal':
    'data.eeg_signal is missing; send rows of microvolts [[ch1, ch2, ..], ..], or an EDF, BDF, CSV or TXT file as base64',
  'eeg.subject': 'data.subject_id must be a text of at most {{max}} characters',
  'eeg.low_above_high':
    'low_at is {{low}} and high_at is {{high}}; low_at must not be above high_at',
  'eeg.option':
    '{{name}} is {{value}}; it must be a number from {{min}} to {{max}}, or left out for {{fallback}}',
  'eeg.rows_kind':
    'eeg_signal is {{value}}; it must be a list of rows, such as [[12.5, -3.1], [13.0, -2.8]]',
  'eeg.turned':
    'its {{rows}} rows look like channels: transpose it, so that each row is one sample with a value per channel',
  'eeg.row_has_one': 'has {{count}} value, not {{wanted}}',
  'eeg.row_has_other': 'has {{count}} values, not {{wanted}}',
  'eeg.one_or_more': 'one or more',
  'eeg.row_is': 'is {{value}}',
  'eeg.row_any': 'a list with one number per channel',
  'eeg.row_numbers_one': '{{count}} number',
  'eeg.row_numbers_other': '{{count}} numbers',
  'eeg.no_named':
    'channel_names holds no EEG channel ({{left}}); name at least one electrode, such as "Fp1"',
  'eeg.no_rows': 'eeg_signal is an empty list; send at least 2 s of samples',
  'eeg.row': 'row {{row}} of eeg_signal {{found}}; every row must be {{expected}}, in microvolts',
  'eeg.row_value':
    'row {{row}} of eeg_signal holds {{value}} as value {{column}}; it must be a number of microvolts between -{{max}} and {{max}}; fill gaps before sending',
  'eeg.columns':
    'the text file has {{columns}} columns, the limit is {{max}}; leave some out, or transpose it if each line is a channel',
  'eeg.text_file': 'the text file',
  'eeg.file': 'the {{format}} file',
  'eeg.no_numbers':
    'the text file has no line with numbers; send one line per sample, such as "12.5,-3.1"',
  'eeg.line_one':
    'line {{line}} has {{count}} value, not {{expected}} as the lines before; every line must hold one value per column',
  'eeg.line_other':
    'line {{line}} has {{count}} values, not {{expected}} as the lines before; every line must hold one value per column',
  'eeg.cell':
    'line {{line}}, column {{column}} ({{label}}) is {{value}}; it must be a number between -{{max}} and {{max}}, or empty where a sample is missing',
  'eeg.many_lines':
    'the text file has more than {{lines}} lines of {{channels}} channels, the limit is {{max}} values in all; send an EDF file, or split the recording',
  'eeg.leave_out': 'leave some out',
  'eeg.channels': '{{what}} has {{channels}} channels, the limit is {{max}}; {{remedy}}',
  'eeg.rate':
    'sampling_rate is {{value}}; it must be a number of samples per second from {{min}} to {{max}}, such as 250',
  'eeg.no_channel': '{{what}} has no EEG channel; send at least one',
  'eeg.no_samples': '{{what}} has no samples; send at least 2 s of them',
  'eeg.too_long':
    '{{what}} lasts {{seconds}} s at {{rate}} Hz, the limit is {{max}} s; split the recording or correct sampling_rate',
  'eeg.too_many_values':
    '{{what}} has {{channels}} channels of {{seconds}} s, which are {{values}} values at the {{rate}} Hz of the analysis; the limit is {{max}}; split the recording',
  'eeg.header_names':
    'the header names no EEG channel ({{labels}}); name the columns after electrodes, such as "Fp1,Fp2", or set channel_names',
  'eeg.no_header':
    'the text file has no header, and its {{columns}} columns begin with a counter and end with a clock; which of them are EEG is not known; add a header line such as "index,Fp1,Fp2,timestamp"',
  'eeg.no_columns': 'the text file has no column with a signal; send one column per channel',
  'eeg.zero_bytes':
    'the file holds zero bytes, so it is not text; send CSV or TXT as UTF-8, or an EDF file',

  'edf.short': 'it has {{bytes}} bytes, and the header alone takes 256',
  'edf.version': 'its version field is {{version}}, not "0"',
  'edf.signals': 'its header announces {{signals}} signals; 1 to {{max}} are read',
  'edf.header_cut': 'it ends within the header, after {{bytes}} of {{header}} bytes',
  'edf.no_duration': 'its records last {{seconds}} s; without a duration there is no sampling rate',
  'edf.no_record': 'it holds no data record',
  'edf.field_signals': 'number of signals',
  'edf.field_duration': 'record duration',
  'edf.field_records': 'number of records',
  'edf.field_header': 'header size',
  'edf.field_of': '{{field}} of signal {{signal}} ({{label}})',
  'edf.physical_min': 'physical minimum',
  'edf.physical_max': 'physical maximum',
  'edf.digital_min': 'digital minimum',
  'edf.digital_max': 'digital maximum',
  'edf.per_record': 'samples per record',
  'edf.value': 'the {{field}} is {{value}}',
  'edf.not_whole': 'the {{field}} is {{value}}, not a whole number',
  'edf.not_number': 'the {{field}} is {{value}}, not a number',
  'edf.broken': 'the {{format}} file cannot be read: {{reason}}; export it again',
  'edf.no_onsets': 'its records carry no start times',
  'edf.gap': 'record {{record}} begins at {{start}} s, and the one before ends at {{end}} s',
  'edf.discontinuous':
    'the {{format}}+ file is discontinuous ({{format}}+D): {{where}}; windows would reach over the gap; export each part as {{format}}+C',
  'edf.no_eeg':
    'the {{format}} file has no EEG signal in uV, mV or V at {{min}} Hz or more; its signals are {{found}}; name the EEG signals with channel_names',
  'edf.ranges':
    'the ranges of {{label}} make no sense (digital {{digitalMin}} to {{digitalMax}}, physical {{physicalMin}} to {{physicalMax}} {{unit}})',

  'json.not_json': 'the message is not JSON: {{fault}}',
  'json.too_many':
    'the message holds more than {{max}} {{what}}; split it, or send a recording as an EDF file',
  'json.ends_early': 'the text ends too early',
  'json.blanks': 'blanks in a row',
  'json.strings': 'strings',
  'json.numbers': 'numbers',
  'json.keys': 'keys',
  'json.containers': 'objects and arrays',
  'json.mixed': 'items in an array that is not numbers alone',
  'json.string_end': 'a string has no end',
  'json.escape': 'a wrong escape at byte {{at}}',
  'json.long_key': 'a key has more than {{max}} bytes; shorten it',
  'json.long_number': 'a number has more than {{max}} characters; shorten it',
  'json.point': 'a number without digits behind its point at byte {{at}}',
  'json.exponent': 'a number without digits in its exponent at byte {{at}}',
  'json.non_finite':
    '{{word}} at position {{at}}; replace NaN and Infinity by null, or use json.dumps(..., allow_nan=False) to find it',
  'json.byte': 'byte 0x{{byte}}',
  'json.unexpected': 'unexpected {{name}} at byte {{at}}{{where}}',
  'json.here': '',
  'json.after_end': ' after the end of the message',
  'json.for_colon': ' where a ":" belongs',
  'json.for_key': ' where a key in quotes belongs',
  'json.in_string': ' in a string; escape it, or leave it out',
  'json.numbers_first':
    'an array holds more than {{max}} bytes of numbers and then other values; send the numbers in a separate array',
  'json.not_utf8': 'the text message is not UTF-8; encode it as UTF-8',
  'json.deep': 'the message nests deeper than {{max}} levels; send flat data',

  'binary.length':
    'the binary message has {{bytes}} bytes; it begins with 4 bytes of header length (uint32, little-endian)',
  'binary.header':
    'the binary message announces a header of {{header}} bytes and has {{left}} after the length',
  'binary.text': 'the message names an attachment and is text; send it in the binary form',
  'binary.index': 'attachment {{index}} is missing or named twice; number them 0, 1, 2, ..',
  'binary.sum':
    'the attachments are {{stated}} bytes by their lengths and {{found}} bytes in the message',
  'binary.attachment': 'an attachment is {"$attachment": index, "length": bytes}, not {{shown}}',

  'response.no_object': 'is {{value}}; answer with a JSON object',
  'response.no_type': 'has no type; add "type": "inference_response"',
  'response.type': 'has the type {{type}}; answer with "inference_response" or "error"',
  'response.unreadable': 'cannot be read: {{reason}}; it has {{bytes}} bytes',
  'response.not_json': 'is not valid JSON: {{fault}}',
  'response.empty': 'it is empty; answer with a JSON object',
  'response.cut':
    'it ends after {{bytes}} bytes inside an object, an array or a string (from {{begin}}); send the whole reply in one message',
  'response.starts': 'it has {{bytes}} bytes and starts with {{begin}}; answer with a JSON object',
  'response.no_id': 'has no request_id; copy the request_id of the request into the reply',
  'response.no_data': 'the backend answered without `data` and without `result`',
  'response.status':
    'the backend answered with status {{status}} and predictions {{predictions}}; expected "success" and an object',
  'response.no_reason': 'the backend gave no reason; look in its log',
  'response.not_utf8': 'is not valid UTF-8; encode the reply as UTF-8',
  'response.too_large':
    'has {{bytes}} bytes and exceeds max_message_bytes ({{max}}); raise max_message_bytes, or return less',
  'response.other_id':
    'names request_id {{id}}, which is not in flight; copy the request_id of the request into the reply',
  'response.faulty': 'The reply of {{backend}} {{why}}.',
  'response.not_inference': 'is not an inference_response of the protocol',
  'response.not_reloaded': 'is not a `reloaded` of the protocol',

  'request.not_ready': '{{backend}} is {{state}}; {{remedy}}',
  'request.check_there': 'check that it runs there; Switchyard keeps retrying',
  'request.start_it': 'start it, or wait until it is ready',
  'request.no_process': 'without a process',
  'request.state': '{{state}} ({{detail}})',
  'request.timeout': '{{backend}} did not answer within {{seconds}} s (request_timeout)',
  'request.timeout_unsent':
    '{{backend}} did not answer within {{seconds}} s (request_timeout); no connection could be opened, and the request was not sent',
  'request.too_large':
    'the message of {{bytes}} bytes exceeds the limit of {{backend}}; send smaller messages',
  'request.too_large_for':
    'the message of {{bytes}} bytes exceeds the limit of {{backend}} (max_message_bytes {{max}}); send smaller messages',
  'request.removed': '{{backend}} was removed from the configuration; the request was not sent',
  'request.unreachable':
    'Could not connect to {{backend}} at {{url}} after 2 attempts ({{reason}}). The request was not sent; retry when the backend is ready.',
  'request.lost':
    '{{backend}} closed the connection ({{reason}}) while the request was in flight; send it again',
  'request.reply_too_large':
    'The connection to {{backend}} was closed: {{reason}}. Raise max_message_bytes of {{backend}}, or return less.',
  'request.queue_full':
    'The queue of {{backend}} is full (queue_limit {{limit}}). Wait for replies before sending more, or raise queue_limit.',
  'request.unread': 'the message could not be read',
  'request.no_reload': 'send reload to the port of the backend itself',
  'request.other_name':
    'the message names backend {{named}} on the connection /backends/{{backend}}; leave backend out, or connect to /',
  'request.no_name': 'backend is missing; name one of: {{known}}, or connect to /backends/<name>',
  'request.no_backend': 'there is no backend "{{name}}"; known: {{known}}',
  'request.id_late':
    'request_id "{{id}}" already timed out but may still be answered; use a unique request_id',
  'request.id_twice':
    'request_id "{{id}}" is already in flight on this connection; use a unique request_id',
  'request.many': '{{max}} requests of this connection are in flight; wait for their answers',
  'request.not_in_flight':
    'no request "{{id}}" is in flight on this connection; it may already have been answered',
  'request.not_utf8':
    'the text message is not valid UTF-8; encode it as UTF-8, or send images in the binary form',
  'request.held':
    'the gateway holds {{mebibytes}} MiB of requests that no backend has taken yet; retry later',
  'request.quarantined':
    '{{backend}} crashed each time this input was in flight (input {{hash}}, crashes at {{times}}), so it is rejected. Send another input, or clear it in the Switchyard panel once the cause is fixed.',
  'request.none': 'none is configured',

  'sent.id_twice': 'Request "{{id}}" is already in flight. Use a unique request_id.',
  'sent.cancelled': 'Cancelled.',
  'sent.cancelled_alone': 'Cancelled. The backend did not confirm it.',
  'sent.at': '{{name}} at {{url}}',
  'sent.unreachable': 'Could not connect to {{place}}.',
  'sent.unreachable_as': 'Could not connect to {{place}} ({{reason}}).',
  'sent.too_large':
    'The message is larger than max_message_bytes of {{name}} (close code 1009). Use a smaller file.',
  'sent.lost':
    '{{name}} closed the connection before it replied (close code {{reason}}). Check its log, then retry.',
  'sent.closed': 'The connection to {{name}} is closed.',
  'sent.timeout': '{{name}} did not reply within {{seconds}} s.',
  'sent.stray': 'It sent a message that is not a reply: it {{reason}}.',

  'output.probability':
    'the model returned the probability {{value}} for {{label}}, outside 0 to 1; set output.activation: softmax or sigmoid',
  'output.score':
    'the model returned the score {{score}}, outside 0 to 1; check output.values_axis and output.objectness, and that the model contains its sigmoid',
  'output.not_finite':
    'For this picture the model returned {{value}} in output "{{tensor}}". Check divide_by, mean and std in preprocess; a model in float16 may overflow.',

  'load.missing': 'The model file {{file}} is missing. Run `npm run models`.',
  'load.no_provider':
    'The model file {{file}} loads on no execution provider: {{attempts}}. Add cpu to the end of providers.',
  'load.failed': 'The model file {{file}} could not be loaded. {{remedy}}',
  'load.reason': 'The reason of onnxruntime: {{reason}}',
  'load.others': 'Other execution providers: {{others}}.',
  'load.run_models': 'The file may be damaged: run `npm run models`.',
  'load.inputs':
    'The model has the inputs {{names}}; runtime onnx feeds one picture to exactly one. Export the model with all other inputs as constants.',
  'load.none': 'none',
  'load.input_type':
    'Input "{{name}}" is {{type}}; runtime onnx feeds float32 or uint8. Export the model with such an input.',
  'load.input_uint8':
    'Input "{{name}}" is uint8 and takes bytes as they are. Remove preprocess.mean and preprocess.std.',
  'load.input_rank':
    'Input "{{name}}" has the shape [{{shape}}]; expected are four axes: batch, channels, height and width.',
  'load.input_channels_one':
    'Input "{{name}}" [{{shape}}] has the size {{size}} on axis {{axis}}, and the settings feed {{count}} channel there. {{remedy}}',
  'load.input_channels_other':
    'Input "{{name}}" [{{shape}}] has the size {{size}} on axis {{axis}}, and the settings feed {{count}} channels there. {{remedy}}',
  'load.set': 'Set {{keys}}.',
  'load.other_channels':
    'Export the model with 3 channels (RGB or BGR) or 1 (grey); others are not supported.',
  'load.outputs':
    'The model has {{count}} outputs: {{list}}. Set output.tensor to the one that holds the whole {{type}}; boxes, scores and masks in separate outputs are not supported.',
  'load.no_output': 'The model has no output "{{tensor}}"; output.tensor is one of {{list}}.',
  'load.any_size':
    'Input "{{name}}" [{{shape}}] takes pictures of any {{open}}. Set preprocess.size: {{size}}.',
  'load.size':
    'preprocess.size is [{{given}}], and the model takes {{width}} x {{height}}. {{remedy}}.',
  'load.any_width': 'any width',
  'load.any_height': 'any height',
  'load.remove_key': 'Remove the key',
  'load.set_size': 'Set it to [{{size}}]',
  'load.fixed_batch':
    'Input "{{name}}" [{{shape}}] takes exactly {{batch}} pictures at a time. Export the model with a batch of 1 or a free batch axis.',
  'load.no_file': 'No such file: {{file}}.',
  'load.unopened': 'The model file {{file}} cannot be opened: {{reason}}.',
  'load.path': 'Correct the path in model; a relative path starts at {{folder}}.',
  'load.format': 'The model file {{file}} {{fault}}',
  'load.weights': 'The model file {{file}} has weights in {{location}}: {{reason}}',
  'load.weights_unopened':
    '{{file}} cannot be opened ({{reason}}). Copy it to the folder of the model, under that name.',
  'load.weights_large': '{{file}} is too large; all such files together may have 4 GiB.',
  'load.weights_cut':
    '{{file}} is incomplete: {{bytes}} bytes, and the model needs {{needed}}. Copy or export it again.',
  'load.no_graph':
    'The file has the form of a model and holds no ONNX graph: it is cut off, or of another kind, such as TensorFlow (.pb) or Core ML. Copy it again, or export the model to ONNX.',
  'load.damaged': 'The file is incomplete or damaged ({{fault}}). Copy or export it again.',
  'load.check': 'Check the file with onnx.checker, and export it again.',
  'load.ir_version':
    'The file has IR version {{given}}, and {{runtime}} reads up to {{known}}. Save it with ir_version {{known}} or lower, or update Switchyard.',
  'load.opset':
    'The file has opset {{given}} of {{domain}}, and {{runtime}} reads up to {{known}}. Export it with opset_version {{known}} or lower, or update Switchyard.',
  'load.operator':
    'The model needs the operator {{operator}}, which {{runtime}} does not have. Export it without custom operators and plugins.',
  'load.task':
    'The model\'s task is "{{task}}" by the metadata of the file, and output.type {{type}} does not read it. {{remedy}}',
  'load.tasks': 'Only classification and detection are supported.',
  'load.end_to_end': 'By the metadata of the file the output is end-to-end. {{remedy}}',
  'load.output_type': 'Output "{{tensor}}" is {{type}}; runtime onnx reads float32 only.',
  'load.export_float32':
    'Export the model with a float32 output, or name another one in output.tensor.',
  'load.class_alone':
    'It seems to hold the class that was chosen, without the scores of all classes.',
  'load.list': 'It is a list or a map, as scikit-learn writes without zipmap=False.',
  'load.maps':
    'Maps (segmentation, depth) and features are not supported; if the model has an output with one value per class, name it in output.tensor.',
  'load.if_boxes': 'Set output.type: detection if it holds boxes.',
  'load.one_value':
    'There is one value for each picture. Export the model with one value per class, or remove all labels but one and set output.activation: none (or sigmoid) to get the value as the score of a single class.',
  'load.one_row':
    'The values of all pictures are in one row. Set max_batch_size: 1, or export the model so that the first axis of the output is the batch.',
  'load.first_axis':
    'The first axis must be the batch. Export the model without squeezing or folding it, or name another output in output.tensor.',
  'load.background': 'The first label is "{{label}}", which the model may not have: remove it.',
  'load.extra_label':
    'Check whether one label, such as a background class, does not belong to the model.',
  'load.missing_label': 'Check whether the model has a background class, whose label is missing.',
  'load.class_count': 'Output "{{tensor}}" has {{found}} classes, and {{source}} has {{classes}}.',
  'load.labels': 'Correct labels: one for each class, in the order of the model.',
  'load.classification': 'For one value per class, set output.type: classification.',
  'load.raw_heads':
    'Maps, masks and the raw outputs of detection heads are not supported; export the model with decoded boxes, or name another output in output.tensor.',
  'load.nms':
    'Its rows look like box, score and class after non-maximum suppression inside the model, which is not supported: export it without (for Ultralytics nms=False, end2end=False).',
  'load.no_scores':
    'Output "{{tensor}}" has {{values}} values for each box, and no class scores; outputs with boxes and scores apart are not supported.',
  'load.set_labels': 'Set labels, so that the number of classes is known.',
  'load.box_values':
    'Each box has {{values}} values: {{least}} and {{scores}} class scores, and {{source}} has {{classes}}.',
  'load.labels_if':
    'Correct labels if the model has {{classes}} classes; mask coefficients, keypoints or an angle behind the class scores (segmentation, pose, oriented boxes) are not supported. An objectness in front of them needs output.objectness: true.',
  'load.set_or_labels': 'Set {{keys}}, or labels if the boxes are on that axis.',
  'load.shape_one':
    'Output "{{tensor}}" has the shape {{shape}} for one picture; output.type {{type}} expects {{expected}}. {{remedy}}',
  'load.shape_other':
    'Output "{{tensor}}" has the shape {{shape}} for {{count}} pictures; output.type {{type}} expects {{expected}}. {{remedy}}',
  'load.not_finite':
    'In every warm-up run the model returned {{value}} in output "{{tensor}}". Check divide_by, mean and std in preprocess; a model in float16 may overflow.',
  'load.mixed_rows':
    'Output "{{tensor}}" holds other values for the same picture in a batch of {{batch}} than for the picture alone. Set max_batch_size: 1, or export the model so that pictures do not affect each other.',
  'load.softmax_sum':
    'Output "{{tensor}}" ends in a Softmax, but the values of a picture do not sum to 1: it does not run over the classes. Export the model with the softmax over the last axis.',
  'load.softmax_single':
    'Output "{{tensor}}" ends in a Softmax over a single value, which is always 1. Export the model with a sigmoid, or with one value per class.',
  'load.not_probabilities':
    'Output "{{tensor}}" has values from {{least}} to {{greatest}}, and output.activation none expects probabilities from 0 to 1. Set output.activation: softmax, or sigmoid for independent classes.',
  'load.score_and_class':
    'Output "{{tensor}}" holds a score and a whole number behind each box. {{remedy}}',
  'load.scores':
    'Output "{{tensor}}" has class scores from {{least}} to {{greatest}}; expected are probabilities from 0 to 1. The values behind the box may be logits, mask coefficients, keypoints or an angle. Export a plain detection model that contains its sigmoid, and check output.objectness and output.values_axis.',
  'load.output': 'Output "{{tensor}}" {{fault}}',
  'load.shares':
    'has coordinates up to {{greatest}}, and output.units pixels expects pixels of the {{width}} x {{height}} input. Set output.units: shares.',
  'load.pixels':
    'has coordinates around {{middle}}, and output.units shares expects 0 to 1. Set output.units: pixels.',
  'load.reversed':
    'has {{reversed}} of {{all}} boxes whose right or bottom edge comes before the left or top one, which output.boxes xyxy rules out. Set output.boxes: cxcywh.',
  'load.metadata': 'the metadata of the file',
  'load.classes':
    'output.classes is {{given}}, and {{source}} has {{labels}}. Remove output.classes, or correct the labels.',
  'load.batch':
    'The model takes any batch size by its input, and cannot run {{size}} pictures together: {{reason}} Set max_batch_size: 1.',
  'load.both_sides': 'size',
  'load.width': 'width',
  'load.height': 'height',

  'labels.file': 'The labels file {{file}} cannot be used: {{reason}}.',
  'labels.empty': 'it is empty; write one label per line',
  'labels.none': 'it holds no label',
  'labels.nul': 'it contains NUL characters; save it as UTF-8',
  'labels.encoding': '{{reason}}; save it as UTF-8',
  'labels.pbtxt': 'TensorFlow label maps (.pbtxt) are not supported; write one label per line',
  'labels.invalid': 'it is not valid {{kind}} ({{reason}})',
  'labels.no_list': 'it holds neither a list nor names by class number',
  'labels.keys':
    'it has the keys {{keys}}; expected are a list, names by class number, or one of {{known}}',
  'labels.no_text': 'the label of {{place}} is not a text',
  'labels.large': 'the class number {{number}} is too large',
  'labels.twice': 'the class number {{number}} occurs twice',
  'labels.gap':
    "its ids do not run from 0 or 1 without gaps ({{id}}), so the class of each label is not certain; write one label per line, in the order of the model's classes",
  'labels.row': 'row {{row}} has {{cells}} cells, the first row {{width}}',
  'labels.columns':
    'none of its columns ({{columns}}) is known to hold names; call one "name" in the first row',
  'labels.column': 'its column {{column}} holds "{{value}}"',

  'browser.no_file': 'The browser could not read the file. Choose it again.',
  'browser.no_canvas': 'The browser has no canvas.',
  'browser.no_picture': 'The browser could not draw a picture.',
  'browser.unplayable': 'The browser cannot play it.',

  'golden.not_json': 'The file is not JSON: {{reason}}',
  'golden.none': 'The file holds no golden results: {{reason}}',

  'reply.no_face': 'no face in the picture',
  'reply.no_face_score': 'no face in the picture; the score means nothing',
  'reply.no_face_frames': 'no face in any of the {{total}} frames; the score means nothing',
  'reply.no_face_gaps':
    'no face in any of the {{total}} frames; the score means nothing ({{unreadable}} of {{sent}} frames could not be decoded)',
  'reply.no_frame':
    'insufficient data: there is no RGB frame, so nothing was measured and the score means nothing',
  'reply.gaps': '{{unreadable}} of {{total}} frames could not be decoded',
  'reply.no_baseline':
    'from a single picture the eyes have no baseline, so closure cannot be measured; send several frames as rgb_frames, or baseline_ear',
  'reply.no_duration':
    'elapsed_time is missing: what needs the duration of a frame was left out of the score',
  'reply.heuristic':
    'Heuristic, not validated: weights and cut-offs are design choices fitted to nothing; no labelled fatigue video and no closed-eye picture was available.',
  'reply.nothing_detected': 'no face: the detector saw nothing with a score of {{min}} or more',
  'reply.below_gate_one':
    "no face: {{count}} candidate was seen (detector score {{scores}}), but the mesh model's certainty of a face was {{presences}}, below the gate of {{gate}}",
  'reply.below_gate_other':
    "no face: {{count}} candidates were seen (detector score {{scores}}), but the mesh model's certainty of a face was {{presences}}, below the gate of {{gate}}",
  'reply.nothing_scored': 'nothing scored {{threshold}} or more (score_threshold)',
  'reply.too_short': 'the recording lasts {{seconds}} s; a score needs at least {{min}} s',
  'reply.no_beta':
    'a sampling rate of {{rate}} Hz does not reach the beta band (to {{high}} Hz); a score needs at least 64 Hz',
  'reply.all_artefacts':
    'all {{total}} windows are artefacts; see artefact_windows and the quality of each channel',
  'reply.engagement_index': 'engagement index',
  'reply.index_source':
    'Pope, Bogart & Bartolome 1995, doi:10.1016/0301-0511(95)05116-3; the scale is a design choice',
  'reply.events': '{{lines}} lines without a sample (events) were passed over',
  'reply.footer': 'text behind the last sample was passed over ({{lines}} lines)',
  'reply.eyes_not_loaded': 'the eye state model is not loaded',
  'reply.eyes_too_long':
    'the recording is longer than the {{max}} s that the eye state is given for',
  'reply.eyes_too_short': 'the recording is shorter than one window',
  'reply.eyes_channels':
    'the eye state model needs the 14 channels of the Emotiv EPOC; missing here: {{missing}}',
  'reply.eyes_rate':
    'the eye state model needs frequencies up to {{high}} Hz; a sampling rate of {{rate}} Hz ends at {{end}} Hz',
  'reply.eyes_limits':
    'trained and evaluated on one recording of one person: nothing is known about other people or devices, and its answers on that same recording prove nothing',

  'reply.annotations': 'annotations',
  'reply.auxiliary': 'auxiliary input',
  'reply.breathing': 'breathing or oxygen',
  'reply.class': 'class or state',
  'reply.condition': 'condition, epoch or note',
  'reply.constant': 'constant: every sample is the same or missing',
  'reply.counter': 'counter, battery or signal quality',
  'reply.derived': 'band power or a derived value',
  'reply.eyes': 'eye movements',
  'reply.flat': 'flat line',
  'reply.heart': 'heart',
  'reply.index': 'index or sample number',
  'reply.motion': 'motion or position',
  'reply.muscle': 'muscle',
  'reply.nameless': 'column without a name',
  'reply.no_channel': 'not a channel of this recorder',
  'reply.no_electrode': 'not the name of an electrode, and others are',
  'reply.no_scale': 'no scale: minimum and maximum in the header are equal',
  'reply.no_voltage': 'unit {{unit}} is not a voltage',
  'reply.not_named': 'not named by channel_names',
  'reply.reference': 'reference electrode',
  'reply.same_channel': 'same channel as {{first}}, which comes first',
  'reply.sample_number': 'sample number',
  'reply.skin': 'skin or temperature',
  'reply.slow_signal': '{{rate}} Hz, below {{min}} Hz',
  'reply.text': 'text',
  'reply.time': 'time',
  'reply.trigger': 'trigger, marker or status',
  'reply.unknown_name': 'unknown name',
} as const

const PLACE = /\{\{(\w+)\}\}/g

type Key = keyof typeof MESSAGES
type CodeOf<K> = K extends `${infer Code}_one` | `${infer Code}_other` ? Code : K
export type MessageCode = CodeOf<Key>
type EnglishOf<Code extends MessageCode> = (typeof MESSAGES)[Extract<
  Key,
  Code | `${Code}_one` | `${Code}_other`
>]
type PlacesIn<Text extends string> = Text extends `${string}{{${infer Place}}}${infer Rest}`
  ? Place | PlacesIn<Rest>
  : never
type Places<Code extends MessageCode> =
  PlacesIn<EnglishOf<Code>> | (`${Code}_other` extends Key ? 'count' : never)

/** Messages without values. */
export type PlainCode = {
  [Code in MessageCode]: [Places<Code>] extends [never] ? Code : never
}[MessageCode]

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

/** The text of a message in one language. */
export type TextOf = (said: Message) => string

/** A text of somebody else. */
export const quoted = (text: string): Message => ({ message: printable(text) })

/** The message that a text in a reply was made of. Others stay as they are. */
export function recognized(text: string): Message {
  if (text.length > RECOGNIZED_LENGTH_MAX) return { message: text }
  for (const { code, pattern } of PATTERNS) {
    const found = pattern.exec(text)
    if (found !== null) return { message: text, code, params: { ...found.groups } }
  }
  return { message: text }
}

const RECOGNIZED_LENGTH_MAX = 1000

const PATTERNS = Object.entries(MESSAGES)
  .filter(([key]) => key.startsWith('reply.'))
  .map(([key, text]) => ({
    code: key.replace(/_(one|other)$/, ''),
    pattern: new RegExp(`^${patternOf(text)}$`),
  }))

/** `unit (?<unit>.+?) is not a voltage` */
function patternOf(text: string): string {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
  return escaped.replace(PLACE, '(?<$1>.+?)')
}

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
    const isOwn = Array.isArray(parts) || parts?.code !== undefined
    return isOwn ? [[field, parts] as const] : []
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
