import { useEffect, useState } from 'react'

export function useSettled<T extends string | null>(typed: T, quietMs: number): T {
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), quietMs)
    return () => clearTimeout(timer)
  }, [typed, quietMs])
  return settled
}
