/** How a `run` is run. `{0}` is the script's path. */
export interface Shell {
  argv: string[]
  extension: string
  /** The script as the shell gets it. */
  wrap(script: string): string
  name: string
}

const asIs = (script: string): string => script

/** As `ScriptHandlerHelpers` of GitHub's runner. Without a shell `bash -e`, and `sh -e` where there is no bash. */
export async function shellOf(
  name: string | undefined,
  isThere: (program: string) => Promise<boolean>,
): Promise<Shell | { problem: string }> {
  switch (name) {
    case undefined:
    case '':
      return (await isThere('bash'))
        ? { name: 'bash', argv: ['bash', '-e', '{0}'], extension: '.sh', wrap: asIs }
        : { name: 'sh', argv: ['sh', '-e', '{0}'], extension: '.sh', wrap: asIs }
    case 'bash':
      return { name, argv: ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '{0}'], extension: '.sh', wrap: asIs }
    case 'sh':
      return { name, argv: ['sh', '-e', '{0}'], extension: '.sh', wrap: asIs }
    case 'python':
      return { name, argv: [(await isThere('python')) ? 'python' : 'python3', '{0}'], extension: '.py', wrap: asIs }
    case 'node':
      return { name, argv: ['node', '{0}'], extension: '.js', wrap: asIs }
    case 'pwsh':
      return {
        name,
        argv: ['pwsh', '-command', ". '{0}'"],
        extension: '.ps1',
        wrap: (script) =>
          `$ErrorActionPreference = 'stop'\n${script}\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }`,
      }
    case 'cmd':
    case 'powershell':
      return { problem: `Shell '${name}' is one of Windows, and this machine runs Linux. Use bash, sh, python or pwsh.` }
  }
  const argv = name.trim().split(/\s+/)
  if (!argv.some((word) => word.includes('{0}')))
    return {
      problem: `Shell '${name}' is neither one of those that are known (bash, sh, python, node, pwsh) nor a command with {0} where the script belongs.`,
    }
  return { name: argv[0] ?? '', argv, extension: '', wrap: asIs }
}
