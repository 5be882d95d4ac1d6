/** Simplified Chinese words of the namespace `overview`. */
import type { overview as english } from '../en/overview.ts'
import type { Translated } from '../translated.ts'

export const overview: Translated<typeof english> = {
  time: '时间',
  latency: '延迟',
  requests: '请求',
  load: '负载',
  stage_means: '各阶段平均',
  ram: '内存',
  gpu_memory: 'GPU 内存',
  batch_size_mean: '平均批大小',
  health_check: '健康检查',
  range: '时间范围',
  view_as_table: '以表格查看',
  freeze: '冻结',
  in_the_logs: '的日志',
  errors: '错误',
  errors_by_code: '按代码统计错误',
  button: {
    '5m': '5 分钟',
    '1h': '1 小时',
    '24h': '24 小时',
  },
  prose: {
    '5m': '最近 5 分钟',
    '1h': '最近 1 小时',
    '24h': '最近 24 小时',
  },
  asking: '正在询问{{prose}}……',
  unread: '无法读取指标：{{problem}} 下一步会重新询问。',
  nothing: '{{prose}}没有测量数据。{{name}} 运行后会在此显示。',
  no_page: '{{name}} 没有 GET /metrics 页面：百分位取自其最近一次应答的窗口，不会在范围内合并。',
  summary: '{{prose}}的汇总',
  nothing_answered: '此范围内没有应答',
  not_measured: '此范围内未测量',
  no_metrics: '后端没有提供该数据的 GET /metrics 页面',
  queued: '排队',
  in_flight: '进行中',
}
