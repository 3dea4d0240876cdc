import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react'
import { en, type Words } from './en.ts'
import { createFormat, type Format, type LanguageCode } from './format.ts'

/** The words and the formats of one language, together, because a sentence needs both. */
export interface Language {
  code: LanguageCode
  words: Words
  format: Format
}

const storageKey = 'plimsoll.language'

export function chosenLanguage(): LanguageCode | undefined {
  try {
    const stored = localStorage.getItem(storageKey)
    return stored === 'en' || stored === 'ko' ? stored : undefined
  } catch {
    return undefined
  }
}

export function preferredLanguage(): LanguageCode {
  return chosenLanguage() ?? (navigator.languages.find((one) => /^(en|ko)\b/.test(one))?.startsWith('ko') ? 'ko' : 'en')
}

export async function loadLanguage(code: LanguageCode): Promise<Language> {
  const words = code === 'ko' ? (await import('./ko.ts')).ko : en
  document.documentElement.lang = code
  return { code, words, format: createFormat(code, () => words) }
}

export const english: Language = { code: 'en', words: en, format: createFormat('en', () => en) }

interface Chosen extends Language {
  /** `undefined` follows the browser. */
  choose: (code: LanguageCode | undefined) => void
  choice: LanguageCode | undefined
}

const LanguageContext = createContext<Chosen>({ ...english, choose: () => {}, choice: undefined })

export function LanguageProvider({ first, children }: { first: Language; children: ReactNode }) {
  const [language, setLanguage] = useState(first)
  const [choice, setChoice] = useState(chosenLanguage)
  const choose = useCallback((code: LanguageCode | undefined) => {
    try {
      if (code) localStorage.setItem(storageKey, code)
      else localStorage.removeItem(storageKey)
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    setChoice(code)
    loadLanguage(code ?? preferredLanguage()).then(setLanguage, () => {})
  }, [])
  const value = useMemo(() => ({ ...language, choose, choice }), [language, choose, choice])
  return <LanguageContext value={value}>{children}</LanguageContext>
}

export function useLanguage(): Chosen {
  return use(LanguageContext)
}

export function useWords(): Words {
  return use(LanguageContext).words
}
