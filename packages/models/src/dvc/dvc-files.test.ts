import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readDvcRemote } from './dvc-config.ts'
import { legacyMd5 } from './dvc-digest.ts'
import { dvcFolderText, readDvcFolder } from './dvc-folder.ts'
import { readDvcFile, readDvcLock, remotePath } from './dvc-outputs.ts'

const a = 'a'.repeat(32)
const b = 'b'.repeat(32)
const c = 'c'.repeat(32)

describe('a .dvc file', () => {
  it('names what DVC 3 keeps, and what DVC 2 has kept in another place', () => {
    const three = readDvcFile('train.csv.dvc', `outs:\n- md5: ${a}\n  size: 9\n  hash: md5\n  path: train.csv\n`)
    const two = readDvcFile('images.dvc', `outs:\n- md5: ${b}.dir\n  size: 5\n  nfiles: 4\n  path: images\n`)

    expect(three).toEqual([{ path: 'train.csv', md5: a, size: 9, isLegacy: false }])
    expect(two).toEqual([{ path: 'images', md5: `${b}.dir`, size: 5, isLegacy: true }])
    expect(three.map(remotePath)).toEqual([`files/md5/aa/${a.slice(2)}`])
    expect(two.map(remotePath)).toEqual([`bb/${b.slice(2)}.dir`])
  })

  it('may lie elsewhere, in another remote, be private, or come from another repository', () => {
    const text = `wdir: ../data\nouts:\n- {md5: ${a}, hash: md5, path: x.csv, remote: big, push: false}\n`
    const imported = `deps:\n- path: x.csv\n  repo: {url: 'https://git.example/data', rev_lock: ${c}}\nouts:\n- {md5: ${a}, hash: md5, path: x.csv}\n`

    expect(readDvcFile('sub/x.dvc', text)).toEqual([{ path: '../data/x.csv', md5: a, isLegacy: false, remote: 'big', isPrivate: true }])
    expect(readDvcFile('x.csv.dvc', imported)).toEqual([{ path: 'x.csv', md5: a, isLegacy: false, isImported: true }])
  })

  it.each([
    [`outs:\n- {md5: ${a}, path: ../../etc/passwd}`, 'no path below its folder'],
    [`outs:\n- {md5: ${a}, path: /etc/passwd}`, 'no path below its folder'],
    [`wdir: /etc\nouts:\n- {md5: ${a}, path: passwd}`, 'no folder of the repository'],
    [`outs:\n- {md5: ${a}, path: .git/hooks/post-checkout}`, 'no path below its folder'],
    [`outs:\n- {md5: ${a}, path: sub/.GIT/config}`, 'no path below its folder'],
    [`outs:\n- {md5: ${a}, path: .dvc/config}`, 'no path below its folder'],
    [`wdir: .git\nouts:\n- {md5: ${a}, path: config}`, 'no place for data'],
    ['outs:\n- {md5: ../../x, path: x}', 'is no md5'],
    ['outs: 3', "'outs' is no list"],
    ['outs: [', 'cannot be read'],
    ['', 'it is empty'],
  ])('that is none is refused with the reason: %s', (text, why) => {
    expect(() => readDvcFile('x.dvc', text)).toThrow(why)
  })
})

describe('a dvc.lock', () => {
  const lock = `schema: '2.0'
stages:
  train:
    outs:
    - {path: metrics.json, hash: md5, md5: ${a}, size: 35}
    - {path: model, hash: md5, md5: ${b}.dir, size: 1}
    - {path: secret.txt, hash: md5, md5: ${c}, size: 1}
  inner:
    outs:
    - {path: out.txt, hash: md5, md5: ${a}, size: 1}
  each@kr:
    outs:
    - {path: kr.json, hash: md5, md5: ${a}, size: 8}
    - {path: kr.txt, hash: md5, md5: ${b}, size: 2}
`
  const pipeline = `stages:
  train:
    cmd: python train.py
    outs: [model, {secret.txt: {push: false}}]
    metrics: [{metrics.json: {cache: false}}]
  inner: {cmd: python t.py, wdir: sub, outs: [out.txt]}
  each:
    foreach: [kr, de]
    do:
      cmd: echo \${item} > \${item}.txt
      outs: ['\${item}.txt']
      metrics: [{'\${item}.json': {cache: false}}]
`

  it('names what stages have made; the dvc.yaml beside says what of that is kept in Git, is private, or lies elsewhere', () => {
    expect(readDvcLock('dvc.lock', lock, pipeline)).toEqual([
      { path: 'model', md5: `${b}.dir`, size: 1, isLegacy: false },
      { path: 'secret.txt', md5: c, size: 1, isLegacy: false, isPrivate: true },
      { path: 'sub/out.txt', md5: a, size: 1, isLegacy: false },
      { path: 'kr.txt', md5: b, size: 2, isLegacy: false },
    ])
    expect(readDvcLock('dvc.lock', lock)).toHaveLength(6)
  })

  it('of DVC 1 has its stages by themselves', () => {
    expect(readDvcLock('dvc.lock', `train:\n  outs:\n  - {path: m.pkl, md5: ${a}}\n`)).toEqual([{ path: 'm.pkl', md5: a, isLegacy: true }])
  })

  it('whose folders only DVC can tell is refused', () => {
    const templated = 'stages: {inner: {cmd: x, wdir: "${folder}", outs: [out.txt]}}'

    expect(() => readDvcLock('dvc.lock', `stages: {inner: {outs: [{path: out.txt, md5: ${a}}]}}`, templated)).toThrow('only DVC itself')
  })
})

describe('the list of a folder', () => {
  it('is what DVC 3.67 writes, byte for byte', () => {
    const files = [
      { path: '한글 dir/ü".txt', md5: 'ffeb62c8b3bd7a9f1e5df5b9e2e9f9ac' },
      { path: 'a.d/z', md5: b },
      { path: 'a b', md5: a },
      { path: '😀.txt', md5: c },
    ]

    const text = dvcFolderText(files)

    // json.dumps([{"md5": …, "relpath": …}, …], sort_keys=True) of Python 3.11, by the code points of relpath.
    expect(text).toBe(
      `[{"md5": "${a}", "relpath": "a b"}, {"md5": "${b}", "relpath": "a.d/z"}, ` +
        `{"md5": "ffeb62c8b3bd7a9f1e5df5b9e2e9f9ac", "relpath": "\\ud55c\\uae00 dir/\\u00fc\\".txt"}, {"md5": "${c}", "relpath": "\\ud83d\\ude00.txt"}]`,
    )
    expect(readDvcFolder('x', text).toSorted((x, y) => (x.path < y.path ? -1 : 1))).toEqual(
      files.toSorted((x, y) => (x.path < y.path ? -1 : 1)),
    )
  })

  it('has the digest that `dvc add` has given to such a folder', () => {
    const text = dvcFolderText([
      { path: 'zero', md5: 'd41d8cd98f00b204e9800998ecf8427e' },
      { path: 'sub/empty', md5: '68b329da9893e34099c7d8ad5cb9c940' },
      { path: 'a.txt', md5: '60b725f10c9c85c70d97880dfe8191b3' },
      { path: 'sub/b.txt', md5: '3b5d5c3712955042212316173ccf37be' },
    ])

    expect(createHash('md5').update(text).digest('hex')).toBe('3c2f275c62c82d45f82565fca4215e3b')
  })

  it.each(['../x', '/x', 'a/../../x', 'a\\b', '', '.git/config'])('cannot name what is outside of it: %s', (path) => {
    expect(() => readDvcFolder('x.dir', JSON.stringify([{ md5: a, relpath: path }]))).toThrow('no path inside of it')
  })
})

describe('the digest of DVC 2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-digest-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // dvc_data.hashfile.hash.file_md5(path, name='md5-dos2unix') of dvc-data 3.18
  it.each([
    ['a text is as if it had Unix line ends', Buffer.from('id,y\r\n1,2\r\n'), '1e6214b76b095b1ffe8250e3f506c8ae'],
    ['a lone carriage return stays', Buffer.from('a\rb\r\r\n'), createHash('md5').update('a\rb\r\n').digest('hex')],
    ['what has a zero byte is as it is', Buffer.from('\0\r\n'), '692c8022360661692872fdc730517229'],
    ['nothing', Buffer.alloc(0), 'd41d8cd98f00b204e9800998ecf8427e'],
    [
      'a line end that a MiB cuts in two stays',
      Buffer.concat([Buffer.alloc(1024 * 1024 - 1, 'x'), Buffer.from('\r\n')]),
      createHash('md5')
        .update(`${'x'.repeat(1024 * 1024 - 1)}\r\n`)
        .digest('hex'),
    ],
  ])('%s', async (_what, content, expected) => {
    const file = join(folder, 'file')
    writeFileSync(file, content)

    expect(await legacyMd5(file)).toBe(expected)
  })
})

describe('the remote', () => {
  const config = `[core]
    remote = plimsoll
['remote "plimsoll"']
    url = https://data.example/dvc/fraud
    auth = basic
['remote "store"']
    url = ../../store
[remote "below"]
    url = remote://plimsoll/sub  # a comment
`

  it('is that of core.remote, with what config.local adds, or the one that is named', () => {
    const local = "['remote \"plimsoll\"']\n    user = mina\n    password = 'a#b'\n"

    expect(readDvcRemote([config, local])).toEqual({
      name: 'plimsoll',
      settings: new Map([
        ['url', 'https://data.example/dvc/fraud'],
        ['auth', 'basic'],
        ['user', 'mina'],
        ['password', 'a#b'],
      ]),
    })
    expect(readDvcRemote([config], 'store')?.settings.get('url')).toBe('../../store')
    expect(Object.fromEntries(readDvcRemote([config], 'below')?.settings ?? [])).toEqual({
      url: 'https://data.example/dvc/fraud/sub',
      auth: 'basic',
    })
  })

  it('is the only one where none is chosen, and none where nothing tells', () => {
    expect(readDvcRemote(['[remote "one"]\nurl = /data\n'])?.name).toBe('one')
    expect(readDvcRemote(['[remote "one"]\nurl = /data\n[remote "two"]\nurl = /data\n'])).toBeUndefined()
    expect(readDvcRemote(['[remote "one"]\nurl = remote://one/x\n'])?.settings.get('url')).toContain('remote://')
    expect(readDvcRemote([''], 'toString')).toBeUndefined()
  })
})
