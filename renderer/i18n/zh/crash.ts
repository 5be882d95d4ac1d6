/** Simplified Chinese words of the namespace `crash`. */
import type { crash as english } from '../en/crash.ts'
import type { Translated } from '../translated.ts'

export const crash: Translated<typeof english> = {
  what_happened: '发生了什么',
  last_lines_before_the: '结束前的最后几行',
  export: '导出',
  copy_report: '复制报告',
  remove_for_good: '永久删除',
  keep: '保留',
  remove: '删除',
  likely_cause: '可能原因',
  none_is_proven_no: '无法证实：没有日志行或计数器说明原因。最后几行也许能告诉您更多。',
  memory_before_the_end: '结束前的内存',
  requests_in_flight: '进行中的请求',
  none: '无。',
  configuration_in_force: '生效的配置',
  versions: '版本',
  switchyard: 'Switchyard',
  system: '系统',
  node: 'Node',
  onnxruntime: 'onnxruntime',
  it_wrote_no_line: '没有写过任何行。',
  evidence: '证据：',
  crashes_on_record: '崩溃记录',
  no_crash_is_on: '没有崩溃记录。',
  quarantined_inputs: '已隔离的输入',
  refused: '已拒绝',
  one_more_crash_with: '若再有一次崩溃时它正在处理，就会被拒绝',
  suspect: '可疑',
  release: '解除隔离',
}
