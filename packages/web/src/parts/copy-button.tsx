import { useEffect, useState } from 'react'
import { useWords } from '../words/index.tsx'
import { IconButton } from './button.tsx'

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const words = useWords()
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setDone(false), 1_500)
    return () => clearTimeout(timer)
  }, [isDone])
  return (
    <IconButton
      icon={isDone ? 'i-check' : 'i-copy'}
      label={isDone ? words.common.copied : (label ?? words.common.copy)}
      look="ghost"
      small
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setDone(true),
          () => {},
        )
      }}
    />
  )
}
