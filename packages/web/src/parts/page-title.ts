import { useEffect } from 'react'
import { useWords } from '../words/index.tsx'

export function usePageTitle(page: string): void {
  const words = useWords()
  const title = words.titleOf(page)
  useEffect(() => {
    document.title = title
  }, [title])
}
