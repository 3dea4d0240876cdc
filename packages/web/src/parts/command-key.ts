const isApple = /Mac|iP(hone|ad)/.test(navigator.userAgent)

/** Caps of the key that goes with K and Enter. */
export const commandK = isApple ? '⌘K' : 'Ctrl K'
export const commandEnter = isApple ? '⌘↵' : 'Ctrl ↵'
export const commandCap = isApple ? '⌘' : 'Ctrl'
