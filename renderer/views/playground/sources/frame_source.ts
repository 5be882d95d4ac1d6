/** Webcam or video as a sequence of pictures; the next is taken when the last one is answered. */
import { create } from 'zustand'
import { REAL_CLOCK, sleep } from '../../../../client/clock.ts'
import { clockMs } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { backendsOf, usePanel } from '../../../state/panel_store.ts'
import type { PlaygroundSender } from '../../../state/playground_send.ts'
import { readyTargets, usePlayground } from '../../../state/playground_store.ts'
import { eventOf, frameOf } from './frames.ts'
import { errorText } from '../../../format/message.ts'

export const VIDEO_STEP_S = 0.5
const WEBCAM_INTERVAL_MS = 200

export interface FrameSource {
  kind: 'webcam' | 'video'
  name: string
  done: number
  /** null: until stopped. */
  total: number | null
}

interface FrameState {
  source: FrameSource | null
}

export const useFrames = create<FrameState>()(() => ({ source: null }))

let stopper: AbortController | null = null

export function stopFrames(): void {
  stopper?.abort()
}

/** Opens the camera, only after a click; closes it on stop or failure. */
export async function runWebcam(sender: PlaygroundSender): Promise<void> {
  await run(
    { kind: 'webcam', name: t('test:source.webcam'), done: 0, total: null },
    async (signal) => {
      // Browsers hide the camera on remote pages without HTTPS.
      if (!('mediaDevices' in navigator)) throw new Error(t('test:source.no_camera_api'))
      const stream = await navigator.mediaDevices.getUserMedia({ video: true }).catch(explainCamera)
      try {
        const video = document.createElement('video')
        video.muted = true
        video.srcObject = stream
        const loaded = eventOf(video, 'loadeddata', signal)
        await video.play()
        await loaded
        while (!signal.aborted) {
          const beganMs = performance.now()
          await send(sender, await frameOf(video, `webcam ${clockMs(Date.now())}.jpg`))
          const restMs = WEBCAM_INTERVAL_MS - (performance.now() - beganMs)
          if (restMs > 0) await sleep(REAL_CLOCK, restMs, signal)
        }
      } finally {
        for (const track of stream.getTracks()) track.stop()
      }
    },
  )
}

export async function runVideo(sender: PlaygroundSender, file: File): Promise<void> {
  const url = URL.createObjectURL(file)
  try {
    await run({ kind: 'video', name: file.name, done: 0, total: null }, async (signal) => {
      const video = document.createElement('video')
      video.muted = true
      video.preload = 'auto'
      const loaded = eventOf(video, 'loadeddata', signal)
      video.src = url
      await loaded.catch((error: unknown) => {
        throw new Error(t('test:source.unplayable', { name: file.name, reason: String(error) }))
      })
      // A recording that is still being written has no duration; read until it stops advancing.
      const endS = Number.isFinite(video.duration) ? video.duration : Infinity
      if (Number.isFinite(endS)) patch({ total: Math.ceil(endS / VIDEO_STEP_S) })
      for (let index = 0; index * VIDEO_STEP_S < endS && !signal.aborted; index++) {
        const atS = index * VIDEO_STEP_S
        const seeked = eventOf(video, 'seeked', signal)
        video.currentTime = atS
        await seeked
        if (video.currentTime + VIDEO_STEP_S / 2 < atS) return
        await send(sender, await frameOf(video, `${file.name} ${atS.toFixed(1)} s.jpg`))
      }
    })
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** One source at a time; its error is shown beside the buttons. */
async function run(
  source: FrameSource,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  stopFrames()
  const own = new AbortController()
  stopper = own
  useFrames.setState({ source })
  usePlayground.setState({ problem: null })
  try {
    await work(own.signal)
  } catch (error) {
    if (!own.signal.aborted) {
      usePlayground.setState({ problem: errorText(error) })
    }
  } finally {
    if (stopper === own) {
      stopper = null
      useFrames.setState({ source: null })
    }
  }
}

async function send(sender: PlaygroundSender, frame: File): Promise<void> {
  const { targets } = usePlayground.getState()
  if (readyTargets(targets, 'image', backendsOf(usePanel.getState())).length === 0) {
    throw new Error(t('test:source.no_target'))
  }
  await sender.take([frame], undefined, { isFrame: true })
  patch({ done: (useFrames.getState().source?.done ?? 0) + 1 })
}

function patch(change: Partial<FrameSource>): void {
  useFrames.setState(({ source }) => (source === null ? {} : { source: { ...source, ...change } }))
}

/** Browser error names: https://developer.mozilla.org/en-US/docs/Web/API/MediaDevices/getUserMedia#exceptions */
function explainCamera(error: unknown): never {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError') throw new Error(t('test:source.camera_denied'))
  if (name === 'NotFoundError') throw new Error(t('test:source.no_camera'))
  if (name === 'NotReadableError') throw new Error(t('test:source.camera_busy'))
  throw error
}
