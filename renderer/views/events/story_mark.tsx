/** Icon of a story: a crash, a state, or its kind. The shape carries the meaning, colour repeats it. */
import { Cable, FileText, MousePointerClick, X } from 'lucide-react'
import { LOG_LEVELS, type LogLevel } from '../../../protocol/log_lines.ts'
import { StatusIcon } from '../../components/status_icon.tsx'
import type { Story, StoryKind } from '../../state/stories.ts'
import { kindOfStory, kindLabel, stateOfStoryKnown } from './event_text.ts'

const ICONS: Partial<Record<StoryKind, typeof X>> = {
  crash: X,
  start_failed: X,
  config: FileText,
  port: Cable,
  action: MousePointerClick,
}

const TONES: Record<LogLevel, string> = {
  debug: 'ink-3',
  info: 'ink-2',
  warn: 'warn',
  error: 'stop',
}

export function StoryMark({ story }: { story: Story }) {
  const level = levelOf(story)
  const state = stateOfStoryKnown(story)
  const Icon = ICONS[story.kind]
  const label = `${kindLabel(kindOfStory(story))}, ${level}`
  return (
    <span className={TONES[level]} title={label}>
      {Icon !== undefined && <Icon size={14} strokeWidth={1.75} aria-hidden />}
      {Icon === undefined && state !== undefined && <StatusIcon state={state} size={14} isStill />}
      <span className="sr-only">{label}</span>
    </span>
  )
}

export function levelOf({ events }: Story): LogLevel {
  const ranks = events.map(({ level }) => LOG_LEVELS.indexOf(level))
  return LOG_LEVELS[Math.max(...ranks)] ?? 'info'
}
