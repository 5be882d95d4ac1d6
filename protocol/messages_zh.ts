/** The messages of messages.ts in Chinese, which has one form of the plural. */
import type { MESSAGES } from './messages.ts'

export const MESSAGES_ZH: Readonly<
  Record<Exclude<keyof typeof MESSAGES, `${string}_one`>, string>
> = {
  joined: '{{first}}{{second}}',
  'duration.days': '{{count}} 天',
  'duration.hours': '{{count}} 小时',
  'duration.minutes': '{{count}} 分钟',
  'duration.seconds': '{{count}} 秒',

  'port.free': '{{host}} 上的端口 {{port}} 空闲。',
  'port.in_use': '{{host}} 上的端口 {{port}} 已被{{holder}}占用。',
  'port.closing':
    '{{host}} 上的端口 {{port}} 仍被已关闭的连接占用（TIME_WAIT），最多 {{seconds}} 秒后释放。',
  'port.excluded':
    '{{host}} 上的端口 {{port}} 在 Windows 保留的范围 {{first}}-{{last}} 内，通常由 Hyper-V、WSL 或 Docker 保留。',
  'port.privileged':
    '当前用户无权使用 {{host}} 上的端口 {{port}}（{{code}}）：小于 {{first}} 的端口需要更高权限（{{setting}}）。',
  'port.forbidden':
    '系统规则（如 SELinux、沙箱或防火墙）禁止本程序使用 {{host}} 上的端口 {{port}}（{{code}}）。',
  'port.no_address': '{{host}} 不是本机地址（{{code}}）。',
  'port.unresolved': '{{host}} 无法解析为可监听的地址（{{code}}）。',
  'port.reserved': '端口 {{port}} 列在 net.ipv4.ip_local_reserved_ports 中，已为某项服务保留。',
  'port.outgoing':
    '端口 {{port}} 在外发连接使用的范围 {{first}}-{{last}} 内（net.ipv4.ip_local_port_range），可能被临时占用。',
  'port.set_any': '请改用其他端口。',
  'port.set_free': '请改用其他端口，例如 {{port}}。',
  'port.set_host': '请将 host 由 {{host}} 改为 localhost、0.0.0.0 或本机的某个地址。',
  'port.or_allow': '也可以在系统规则中放行。',
  'port.or_external': '也可以保留该程序，并在配置段中设置 runtime: external。',
  'port.or_ranges': '也可以查看保留范围：netsh int ipv4 show excludedportrange protocol=tcp',
  'port.or_stop': '也可以停止该程序：{{command}}',
  'port.or_wait': '也可以等待端口释放。',
  'port.retry': '届时后端会自动重新启动。',

  'holder.pid': '进程 {{pid}} ',
  'holder.program': ' {{command}}（pid {{pid}}）',
  'holder.program_of': ' {{command}}（pid {{pid}}，用户 {{user}}）',
  'holder.running': '{{holder}}（已运行 {{duration}}）',
  'holder.unknown': '无法识别的程序',
  'holder.unknown_of': '用户 {{user}} 的无法识别的程序',
  'holder.because': '{{holder}}（{{reason}}）',
  'holder.not_shown': '系统未向当前用户显示占用端口 {{port}} 的程序；请执行 {{command}} 查看',
  'holder.other_user':
    '它属于 {{user}}，当前用户无权查看其中 {{count}} 个进程；请执行 {{command}} 查看',
  'holder.no_process': '可见的进程都没有打开该套接字：它属于其他容器或系统本身',
  'holder.ending': '/proc/{{pid}} 没有更多信息：进程正在退出，或已被隐藏',
  'holder.no_details': '{{program}} 未返回进程 {{pid}} 的信息（{{reason}}）',
  'holder.windows':
    '由 Windows 系统服务（如 IIS 或 WinRM）占用；请执行 netsh http show servicestate 查看',
  'holder.other_account':
    'Windows 未向当前用户显示{{name}}，它属于其他账户；请以管理员身份重新查看',

  'answer.backend': '它以后端 {{name}} 的身份响应（{{status}}）。',
  'answer.nameless': '它以后端的身份响应（{{status}}）。',
  'answer.websocket': '它接受 WebSocket 连接，但不是后端。',
  'answer.http': '它是 Web 服务器（HTTP 状态 {{status}}）。',
  'answer.silent': '它既不像后端也不像 Web 服务器那样响应（{{reason}}）。',
  'answer.none': '{{ms}} 毫秒内没有响应',
  'answer.closed': '连接被对方关闭',
  'answer.unaskable': '无法查询 {{address}}',
}
