/** RAM of a backend over the last five minutes, from zero. */
import { Sparkline } from '../../components/sparkline.tsx'
import { samplesOf, usePanel } from '../../state/panel_store.ts'

const HEIGHT = 18

export function RamTrend({ name }: { name: string }) {
  const samples = usePanel((state) => samplesOf(state, name))
  const nowMs = usePanel((state) => state.nowMs)
  const points = samples.map(({ time, rss_bytes: bytes }) => ({ time, line: bytes, area: bytes }))
  return <Sparkline points={points} nowMs={nowMs} height={HEIGHT} />
}
