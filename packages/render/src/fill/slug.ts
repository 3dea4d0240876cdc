/** Letters of gosimple/slug 1.15 in English, and of the Unidecode behind it as far as letters have one plain spelling. */
const spelled: Readonly<Record<string, string>> = {
  '&': 'and',
  '@': 'at',
  ...pairs(`" ' ’`, '  '),
  ...pairs('‒ – — ― …', '- - - - ...'),
  ...pairs('æ Æ ø Ø đ Đ ð Ð ł Ł œ Œ ß þ Þ ı', 'ae AE o O d D d D l L oe OE ss th Th i'),
  ...pairs('а б в г д е ж з и й к л м н о п р с т у ф х', 'a b v g d e zh z i i k l m n o p r s t u f kh'),
  ...pairs('ц ч ш щ ъ ы ь э ю я', 'ts ch sh shch  y  e iu ia'),
}

function pairs(letters: string, spellings: string): Record<string, string> {
  const to = spellings.split(' ')
  return Object.fromEntries(letters.split(' ').map((letter, index) => [letter, to[index] ?? '']))
}

/** Syllables of Hangul are three letters by arithmetic (Unicode 16, section 3.12). */
const initials = 'g gg n d dd r m b bb s ss  j jj c k t p h'.split(' ')
const vowels = 'a ae ya yae eo e yeo ye o wa wae oe yo u weo we wi yu eu yi i'.split(' ')
const finals = ' g gg gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j c k t p h'.split(' ')
const firstSyllable = 0xac00
const syllables = initials.length * vowels.length * finals.length

/** A text as a part of a name or address: lower case letters, digits, dashes, cut after a word at `longest`. */
export function slugOf(text: string, longest: number, cutsAtWord = true): string {
  let slug = inAscii(text.trim()).toLowerCase()
  if (!cutsAtWord && slug.length >= longest) slug = slug.slice(0, Math.max(0, longest))
  slug = slug
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .replaceAll(/-+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '')
  if (!cutsAtWord || longest <= 0 || slug.length <= longest) return slug
  const end = slug.lastIndexOf('-', longest)
  return slug.slice(0, end < 0 ? longest : end)
}

/** Argo CD's `normalize`: what a Kubernetes name may be made of, 253 characters at most. */
export function normalizedName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^-a-z0-9.]/gu, '-')
    .slice(0, 253)
    .replaceAll(/^[-.]+|[-.]+$/g, '')
}

function inAscii(text: string): string {
  let ascii = ''
  for (const character of text) ascii += plain(character)
  return ascii
}

function plain(character: string): string {
  if (Object.hasOwn(spelled, character)) return spelled[character] ?? ''
  const code = character.codePointAt(0) ?? 0
  if (code < 128) return character
  const syllable = code - firstSyllable
  if (syllable >= 0 && syllable < syllables) {
    const rest = Math.floor(syllable / finals.length)
    return `${initials[Math.floor(rest / vowels.length)]}${vowels[rest % vowels.length]}${finals[syllable % finals.length]}`
  }
  const lower = character.toLowerCase()
  if (lower !== character && Object.hasOwn(spelled, lower)) return spelled[lower] ?? ''
  // A letter with marks is the letter; what has no plain spelling here is left to be a dash.
  return character.normalize('NFKD').replaceAll(/\p{M}/gu, '')
}
