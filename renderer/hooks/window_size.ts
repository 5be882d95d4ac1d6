import { useSyncExternalStore } from 'react'

export interface WindowSize {
  width: number
  height: number
}

let current: WindowSize = { width: window.innerWidth, height: window.innerHeight }

export function useWindowSize(): WindowSize {
  return useSyncExternalStore(subscribe, read)
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('resize', onChange)
  return () => window.removeEventListener('resize', onChange)
}

function read(): WindowSize {
  const { innerWidth: width, innerHeight: height } = window
  if (current.width !== width || current.height !== height) current = { width, height }
  return current
}
