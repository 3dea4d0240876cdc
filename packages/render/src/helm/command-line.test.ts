import { describe, expect, it } from 'vitest'
import { parseHelmTemplateArguments } from './command-line.ts'

it('reads a name, a chart and flags wherever they stand', () => {
  const read = parseHelmTemplateArguments([
    '-f',
    'a.yaml,b.yaml',
    'web',
    '--set',
    'a=1,b=2',
    './chart',
    '--values=c.yaml',
    '-nprod',
    '--set-file',
    'x=y',
  ])

  expect(read).toMatchObject({
    releaseName: 'web',
    chart: './chart',
    namespace: 'prod',
    values: [
      { kind: 'file', value: 'a.yaml' },
      { kind: 'file', value: 'b.yaml' },
      { kind: 'set', value: 'a=1,b=2' },
      { kind: 'file', value: 'c.yaml' },
      { kind: 'set-file', value: 'x=y' },
    ],
  })
})

it('calls a release without a name as Helm does', () => {
  expect(parseHelmTemplateArguments(['.'])).toMatchObject({
    releaseName: 'release-name',
    chart: '.',
    namespace: 'default',
    version: undefined,
  })
  expect(parseHelmTemplateArguments(['-g', '.']).releaseName).toBe('release-name')
  expect(parseHelmTemplateArguments(['--name-template', 'x-{{ upper "y" | lower }}', '.']).releaseName).toBe('x-y')
})

it('reads switches, lists and what is repeated', () => {
  const switches = ['--include-crds', '--no-hooks=false', '--skip-tests', '--is-upgrade=1', '--devel']
  const lists = ['-a', 'a/v1,b/v1', '--api-versions=c/v1', '-s', 'a,b', '-s=c']
  const texts = ['--kube-version', 'v1.30.0', '--repo', 'https://charts.example.org', '--timeout', '5s']

  const read = parseHelmTemplateArguments([...switches, ...lists, ...texts, '--', '--odd-name', 'chart'])

  expect(read).toMatchObject({
    releaseName: '--odd-name',
    chart: 'chart',
    includeCrds: true,
    noHooks: false,
    skipTests: true,
    isUpgrade: true,
    apiVersions: ['a/v1', 'b/v1', 'c/v1'],
    showOnly: ['a,b', 'c'],
    kubeVersion: 'v1.30.0',
    version: '>0.0.0-0',
    repo: 'https://charts.example.org',
    ignored: ['timeout'],
  })
})

it('keeps commas in quotes of a list', () => {
  expect(parseHelmTemplateArguments(['.', '-f', '"a,b.yaml",c.yaml,"say ""x"""']).values.map(({ value }) => value)).toEqual([
    'a,b.yaml',
    'c.yaml',
    'say "x"',
  ])
})

describe('refuses, in the words of Helm where it has some', () => {
  it.each([
    [[], '"helm template" requires at least 1 argument'],
    [['a', 'b', 'c', 'd'], 'expected at most two arguments, unexpected arguments: c, d'],
    [['--foo', '.'], 'unknown flag: --foo'],
    [['-z', '.'], "unknown shorthand flag: 'z' in -z"],
    [['.', '-f'], "flag needs an argument: 'f' in -f"],
    [['.', '--set'], 'flag needs an argument: --set'],
    [['.', '--is-upgrade=maybe'], 'invalid argument "maybe" for "--is-upgrade" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
    [['a', '.', '--generate-name'], 'cannot set --generate-name and also specify a name'],
    [['a', '.', '--name-template', 'b'], 'cannot set --name-template and also specify a name'],
    [['.', '--dry-run=foo'], 'Invalid dry-run flag. Flag must one of the following: false, true, none, client, server'],
    [['.', '--dry-run=server'], '--dry-run=server is not supported: the renderer has no cluster to ask.'],
    [
      ['.', '--validate'],
      '--validate is not supported: the renderer has no cluster: nothing is validated against one, and lookup finds nothing.',
    ],
    [
      ['.', '--post-renderer', './x'],
      '--post-renderer is not supported: it runs a program of its own; a config management plugin is the way to do that.',
    ],
  ])('%j', (argv, message) => {
    expect(() => parseHelmTemplateArguments(argv)).toThrow(message)
  })

  it('but not what asks for nothing', () => {
    expect(parseHelmTemplateArguments(['.', '--dry-run', '--validate=false']).chart).toBe('.')
  })
})
