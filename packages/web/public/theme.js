// Before the first paint: the theme that this reader chose. A file of its own, because the policy forbids inline scripts.
try {
  const theme = localStorage.getItem('plimsoll.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be off; the system's theme stays.
}
