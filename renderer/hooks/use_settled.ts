import { useEffect, useState } from 'react'

/** What was typed, once nothing was typed for `quietMs`. */
export function useSettled<T extends string | null>(typed: T, quietMs: number): T {
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), quietMs)
    return () => clearTimeout(timer)
  }, [typed, quietMs])
  return settled
}
