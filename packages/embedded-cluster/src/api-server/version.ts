/** What the embedded cluster says it is. Both numbers must parse as integers (kubectl's skew check). */
export const serverVersion = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0+plimsoll',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: `${process.platform === 'win32' ? 'windows' : process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}
