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
}
