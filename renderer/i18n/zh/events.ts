/** Simplified Chinese words of the namespace `events`. */
import type { events as english } from '../en/events.ts'
import type { Translated } from '../translated.ts'

export const events: Translated<typeof english> = {
  events: '事件',
  level: '级别',
  backend: '后端',
  all_backends: '所有后端',
  all: '全部',
  search_events: '搜索事件',
  clear_the_search: '清除搜索',
  events_newest_first: '事件，最新在前',
  ask_again: '重新询问',
  nothing_has_happened_yet: '尚未发生任何事件。启动、停止、崩溃和配置更改会显示在此处。',
  no_event_matches: '没有匹配的事件',
  clear_filter: '清除筛选',
  kinds: {
    crash: '崩溃',
    state: '状态',
    action: '操作',
    config: '配置',
    port: '端口',
    stop: '停止后释放',
  },
  kind: {
    crash: '崩溃',
    state: '状态',
    action: '操作',
    config: '配置',
    port: '端口',
    stop: '停止后释放',
  },
  crashed: '已崩溃',
  from_level: {
    debug: '所有级别',
    info: '信息及以上',
    warn: '警告和错误',
    error: '仅错误',
  },
  amount_other: '{{count}} 个事件，保留最新 {{max}} 个',
  plane: '控制面',
  goal: {
    card: '崩溃卡',
    logs: '日志',
  },
  goal_of: '{{name}} 的{{goal}}，{{time}}',
  today: '今天，{{date}}',
  yesterday: '昨天，{{date}}',
  unread: '无法读取事件：{{problem}}',
  lost: '没有事件：与控制面的连接已断开。',
  asking: '正在询问事件……',
}
