import { useEffect, useRef, useState, type RefObject } from 'react'

export interface ElementSize {
  width: number
  height: number
}

export function useElementSize<E extends HTMLElement>(): [RefObject<E | null>, ElementSize] {
  const element = useRef<E>(null)
  const [size, setSize] = useState<ElementSize>({ width: 0, height: 0 })
  useEffect(() => {
    const observed = element.current
    if (!observed) return
    const observer = new ResizeObserver(() => {
      setSize({ width: observed.clientWidth, height: observed.clientHeight })
    })
    observer.observe(observed)
    return () => observer.disconnect()
  }, [])
  return [element, size]
}
