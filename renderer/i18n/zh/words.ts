import type { words as english } from '../en/words.ts'
import type { Translated } from '../translated.ts'

export const words: Translated<typeof english> = {
  state: {
    disabled: '已关闭',
    starting: '正在启动',
    loading: '正在加载',
    ready: '就绪',
    busy: '忙碌',
    degraded: '降级',
    unreachable: '无法连接',
    stopping: '正在停止',
    backoff: '等待重试',
    failed: '失败',
  },
  on_cpu: '在 CPU 上运行',
  model_warnings_other: '{{count}} 条模型警告',
  off_since: '关闭于 {{time}}',
  finishing: '正在完成 {{count}} 个请求',
  busy_for: '忙碌 {{duration}}',
  busy_detail: '正在处理请求，暂不响应健康检查',
  try: '第 {{attempt}}/{{max}} 次',
  try_in: '第 {{attempt}}/{{max}} 次，{{seconds}} 秒后',
  seconds: '{{s}} 秒',
  minutes: '{{m}} 分 {{s}} 秒',
  hours: '{{h}} 时 {{m}} 分',
  days: '{{d}} 天 {{h}} 时',
  list_separator: '、',
  list_more: '{{names}} 及另外 {{more}} 个',
}
