const RATE_HZ = 250

/** Sines of 10 Hz and 20 Hz, 40 and 20 microvolts high. */
export function drawnRecording(seconds: number): Buffer {
  const sine = (hz: number, amplitude: number, at: number) =>
    (amplitude * Math.sin((2 * Math.PI * hz * at) / RATE_HZ)).toFixed(2)
  const rows = Array.from(
    { length: seconds * RATE_HZ },
    (_, at) => `${sine(10, 40, at)},${sine(20, 20, at)}`,
  )
  return Buffer.from(`O1,O2\n${rows.join('\n')}\n`)
}
