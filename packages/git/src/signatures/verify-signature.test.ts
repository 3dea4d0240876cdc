import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, generateKey, type PrivateKey, reformatKey, revokeKey, sign } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAllowedSigners } from './allowed-signers.ts'
import { type PgpKey, readPgpKeys } from './pgp-keys.ts'
import type { GitObject } from './signed-object.ts'
import { type SignatureVerdict, verifySignature } from './verify-signature.ts'

const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-signed-'))
const has = (program: string, argument: string): boolean => spawnSync(program, [argument]).error === undefined
const hasGpg = has('gpg', '--version')
const hasSsh = has('ssh-keygen', '-?')
const day = 86_400_000
const now = Date.now()
const env = { PATH: process.env.PATH ?? '', HOME: scratch, GNUPGHOME: join(scratch, 'gnupg'), GIT_CONFIG_NOSYSTEM: '1' }

interface Made {
  secret: PrivateKey
  known: PgpKey
}

async function makeKey(options: { type?: 'ecc' | 'rsa'; bits?: number; days?: number; madeAt?: number } = {}): Promise<Made> {
  const { type = 'ecc', bits, days, madeAt = now - 10 * day } = options
  const { privateKey, publicKey } = await generateKey({
    type,
    ...(bits !== undefined && { rsaBits: bits }),
    ...(type === 'ecc' && { curve: 'ed25519Legacy' }),
    userIDs: [{ name: 'Mina', email: 'mina@example.com' }],
    date: new Date(madeAt),
    ...(days !== undefined && { keyExpirationTime: days * 86_400 }),
    format: 'object',
    config: { minRSABits: 1024, rejectHashAlgorithms: new Set() },
  })
  const [known] = await readPgpKeys(publicKey.armor())
  if (!known) throw new Error('no key')
  return { secret: privateKey, known }
}

async function signature(payload: string, { secret }: Made, options: { at?: number } = {}): Promise<string> {
  return sign({
    message: await createMessage({ binary: Buffer.from(payload) }),
    signingKeys: secret,
    detached: true,
    date: new Date(options.at ?? now - day),
    config: {
      minRSABits: 1024,
      rejectHashAlgorithms: new Set(),
      rejectMessageHashAlgorithms: new Set(),
    },
  })
}

const headers = `tree ${'a'.repeat(40)}
author Mina <mina@example.com> 1700000000 +0900
committer Mina <mina@example.com> 1700000000 +0900
`
const payload = `${headers}\nAdd it\n`
const commitWith = (text: string, header = 'gpgsig'): GitObject => ({
  kind: 'commit',
  hash: 'c'.repeat(40),
  content: Buffer.from(`${headers}${header} ${text.trimEnd().split('\n').join('\n ')}\n\nAdd it\n`),
})
const tagPayload = (name = 'v1', commit = 'c'.repeat(40)): string =>
  `object ${commit}\ntype commit\ntag ${name}\ntagger Mina <mina@example.com> 1700000000 +0900\n\nOne\n`
const tagOf = (content: string): GitObject => ({
  kind: 'tag',
  hash: 'd'.repeat(40),
  content: Buffer.from(content),
  name: 'v1',
  commit: 'c'.repeat(40),
})
const by = (...keys: PgpKey[]) => ({ pgp: keys, ssh: [] })
const reason = (verdict: SignatureVerdict): string => (verdict.kind === 'bad' ? verdict.reason : verdict.kind)

let mina: Made
beforeAll(async () => {
  mina = await makeKey()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('a commit', () => {
  it('signed by a key that is known is good, and says whose it is', async () => {
    const verdict = await verifySignature(commitWith(await signature(payload, mina)), by(mina.known), now)

    expect(verdict).toMatchObject({ kind: 'good', signer: 'Mina <mina@example.com>' })
    expect(verdict.kind === 'good' && verdict.keyIDs).toContain(mina.known.keyID)
  })

  it('without a signature is unsigned', async () => {
    expect(await verifySignature({ kind: 'commit', hash: '', content: Buffer.from(payload) }, by(mina.known), now)).toEqual({
      kind: 'unsigned',
    })
    // What a message looks like is nothing.
    const talk = `${headers}\ngpgsig -----BEGIN PGP SIGNATURE-----\n\n${await signature(payload, mina)}`
    expect(await verifySignature({ kind: 'commit', hash: '', content: Buffer.from(talk) }, by(mina.known), now)).toEqual({
      kind: 'unsigned',
    })
  })

  it('signed by a key that nobody knows is bad, and so is a key of the same name', async () => {
    const other = await makeKey()
    const object = commitWith(await signature(payload, other))

    expect(reason(await verifySignature(object, by(mina.known), now))).toContain(`signed with key ${other.known.keyID}, which is not known`)
    expect(reason(await verifySignature(object, by(), now))).toContain('not known')
  })

  it.each([
    [
      'changed after it was signed',
      async () =>
        Buffer.from(
          commitWith(await signature(payload, mina))
            .content.toString()
            .replace('Add it', 'Add that'),
        ),
    ],
    [
      'with another parent',
      async () =>
        Buffer.from(
          commitWith(await signature(payload, mina))
            .content.toString()
            .replace('author', `parent ${'b'.repeat(40)}\nauthor`),
        ),
    ],
    [
      'with two signatures',
      async () => {
        const one = commitWith(await signature(payload, mina)).content.toString()
        return Buffer.from(one.replace('\n\nAdd', `\n${one.slice(one.indexOf('gpgsig'), one.indexOf('\n\nAdd'))}\n\nAdd`))
      },
    ],
    [
      'with a signature of two packets',
      async () => {
        const armored = await signature(payload, mina)
        return commitWith(`${armored.trimEnd()}\n${armored}`).content
      },
    ],
    ['with nonsense for a signature', async () => commitWith('-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----').content],
    ['signed by X.509', async () => commitWith('-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----').content],
  ])('%s is bad', async (_what, make) => {
    const verdict = await verifySignature({ kind: 'commit', hash: '', content: await make() }, by(mina.known), now)

    expect(verdict.kind).toBe('bad')
  })

  it('with another hash its signature beside is judged as Git judges it', async () => {
    const content = commitWith(await signature(payload, mina))
      .content.toString()
      .replace('gpgsig ', 'gpgsig-sha256 whatever\n more\ngpgsig ')

    expect((await verifySignature({ kind: 'commit', hash: '', content: Buffer.from(content) }, by(mina.known), now)).kind).toBe('good')
  })
})

describe('a key', () => {
  it('that has expired is refused, also for what it signed before', async () => {
    const short = await makeKey({ days: 3 })
    const object = commitWith(await signature(payload, short, { at: now - 9 * day }))

    expect((await verifySignature(object, by(short.known), now - 8 * day)).kind).toBe('good')
    expect(reason(await verifySignature(object, by(short.known), now))).toMatch(/not valid.*expired/)
  })

  it('that is revoked is refused, also for what it signed before', async () => {
    const { publicKey } = await revokeKey({ key: mina.secret, format: 'armored' })
    const [revoked] = await readPgpKeys(publicKey)
    const object = commitWith(await signature(payload, mina))

    expect(reason(await verifySignature(object, by(...(revoked ? [revoked] : [])), now))).toMatch(/not valid.*revoked/)
  })

  it('of RSA with 1024 bits is refused', async () => {
    const weak = await makeKey({ type: 'rsa', bits: 1024 })

    expect(reason(await verifySignature(commitWith(await signature(payload, weak)), by(weak.known), now))).toContain('not valid')
  })

  it('signs nothing before it was made, and nothing in the future', async () => {
    const { publicKey } = await reformatKey({ privateKey: mina.secret, userIDs: { name: 'Mina' }, date: new Date(now), format: 'object' })
    const [late] = await readPgpKeys(publicKey.armor())

    expect((await verifySignature(commitWith(await signature(payload, mina)), by(...(late ? [late] : [])), now)).kind).toBe('bad')
    expect((await verifySignature(commitWith(await signature(payload, mina, { at: now + day })), by(mina.known), now)).kind).toBe('bad')
  })

  it('is public: a private one is refused', async () => {
    await expect(readPgpKeys(mina.secret.armor())).rejects.toThrow('private key')
    await expect(readPgpKeys('hello')).rejects.toThrow('holds no public key')
  })
})

describe('a tag', () => {
  it('is signed in its own name, for its own commit', async () => {
    const armored = await signature(tagPayload(), mina)

    expect((await verifySignature(tagOf(tagPayload() + armored), by(mina.known), now)).kind).toBe('good')
    expect(await verifySignature(tagOf(tagPayload()), by(mina.known), now)).toEqual({ kind: 'unsigned' })
  })

  it.each([
    ['of another name', tagPayload('v2')],
    ['of another commit', tagPayload('v1', 'e'.repeat(40))],
    ['of a tag', tagPayload().replace('type commit', 'type tag')],
    ['of two names', tagPayload().replace('tag v1', 'tag v1\ntag v2')],
  ])('%s is bad', async (_what, text) => {
    const verdict = await verifySignature(tagOf(text + (await signature(text, mina))), by(mina.known), now)

    expect(verdict.kind).toBe('bad')
  })

  it('with something behind its signature is bad', async () => {
    const text = tagPayload() + (await signature(tagPayload(), mina))

    expect((await verifySignature(tagOf(`${text}\nmore`), by(mina.known), now)).kind).toBe('bad')
  })
})

function repository(
  name: string,
  config: Record<string, string>,
): {
  git: (...args: string[]) => string
  object: (revision: string, name?: string) => GitObject
} {
  const dir = join(scratch, name)
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', dir], { env })
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', dir, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  for (const [key, value] of Object.entries({ 'user.name': 'Mina', 'user.email': 'mina@example.com', ...config })) git('config', key, value)
  return {
    git,
    object(revision, tag) {
      const hash = git('rev-parse', revision).trim()
      const kind = git('cat-file', '-t', hash).trim() as 'commit' | 'tag'
      const content = execFileSync('git', ['-C', dir, 'cat-file', kind, hash], { env })
      return { kind, hash, content, ...(tag !== undefined && { name: tag, commit: git('rev-parse', `${revision}^{commit}`).trim() }) }
    },
  }
}

describe.skipIf(!hasGpg)('what git signs with gpg', () => {
  it('is good, commits and tags', async () => {
    execFileSync('mkdir', ['-m', '700', join(scratch, 'gnupg')])
    execFileSync(
      'gpg',
      ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'Zoe <zoe@example.com>', 'rsa2048', 'default', '1y'],
      { env },
    )
    const armored = execFileSync('gpg', ['--armor', '--export', 'zoe@example.com'], { env, encoding: 'utf8' })
    const [zoe] = await readPgpKeys(armored)
    if (!zoe) throw new Error('no key')
    const { git, object } = repository('gpg', { 'user.signingkey': zoe.fingerprint })
    git('commit', '--quiet', '--allow-empty', '-S', '-m', 'Signed\n\nin two paragraphs')
    git('tag', '-s', '-m', 'One', 'v1')
    execFileSync('gpgconf', ['--kill', 'all'], { env })

    expect(zoe).toMatchObject({ subType: 'rsa2048', owner: 'Zoe <zoe@example.com>' })
    expect(await verifySignature(object('HEAD'), by(zoe), Date.now())).toMatchObject({ kind: 'good', signer: 'Zoe <zoe@example.com>' })
    expect((await verifySignature(object('v1', 'v1'), by(zoe), Date.now())).kind).toBe('good')
    expect((await verifySignature(object('v1', 'v1'), by(mina.known), Date.now())).kind).toBe('bad')
  })
})

describe.skipIf(!hasGpg)('SHA-1', () => {
  const home = { ...env, GNUPGHOME: join(scratch, 'gnupg-sha1') }
  const gpg = (args: string[], input?: string): string =>
    execFileSync('gpg', ['--batch', '--quiet', ...args], { env: home, encoding: 'utf8', ...(input !== undefined && { input }) })

  it('is worth nothing: below a commit, and below a key', async () => {
    execFileSync('mkdir', ['-m', '700', home.GNUPGHOME])
    gpg(['--passphrase', '', '--quick-generate-key', 'good@example.com', 'rsa2048', 'default', '1y'])
    gpg(['--cert-digest-algo', 'SHA1', '--passphrase', '', '--quick-generate-key', 'weak@example.com', 'rsa2048', 'default', '1y'])
    const [good] = await readPgpKeys(gpg(['--armor', '--export', 'good@example.com']))
    const [weak] = await readPgpKeys(gpg(['--armor', '--export', 'weak@example.com']))
    const signed = (user: string, digest: string): string =>
      gpg(['--local-user', user, '--digest-algo', digest, '--armor', '--detach-sign'], payload)
    const [bySha1, byWeak, byGood] = [
      signed('good@example.com', 'SHA1'),
      signed('weak@example.com', 'SHA256'),
      signed('good@example.com', 'SHA256'),
    ]
    execFileSync('gpgconf', ['--kill', 'all'], { env: home })
    if (!good || !weak) throw new Error('no key')

    expect((await verifySignature(commitWith(byGood), by(good, weak), Date.now())).kind).toBe('good')
    expect(reason(await verifySignature(commitWith(bySha1), by(good, weak), Date.now()))).toMatch(/sha1/i)
    expect(reason(await verifySignature(commitWith(byWeak), by(good, weak), Date.now()))).toContain('not valid')
  })
})

describe.skipIf(!hasSsh)('what git signs with an SSH key', () => {
  it.each([
    ['ed25519', []],
    ['rsa', ['-b', '3072']],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '384']],
    ['ecdsa', ['-b', '521']],
  ])('of %s %j is good', async (type, more) => {
    const name = `ssh-${type}${more.join('')}`
    const file = join(scratch, `key-${name}`)
    execFileSync('ssh-keygen', ['-q', '-t', type, ...more, '-N', '', '-C', 'mina', '-f', file])
    const { git, object } = repository(name, { 'gpg.format': 'ssh', 'user.signingkey': file })
    git('commit', '--quiet', '--allow-empty', '-S', '-m', 'Signed')
    git('tag', '-s', '-m', 'One', 'v1')
    const publicKey = readFileSync(`${file}.pub`, 'utf8').trim()
    const keys = (text: string) => ({ pgp: [], ssh: readAllowedSigners(text).signers })
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')[1]

    expect(await verifySignature(object('HEAD'), keys(`mina@example.com ${publicKey}`), now)).toEqual({
      kind: 'good',
      keyIDs: [fingerprint],
      signer: 'mina@example.com',
    })
    expect((await verifySignature(object('v1', 'v1'), keys(`* namespaces="git,file" ${publicKey}`), now)).kind).toBe('good')
    expect(reason(await verifySignature(object('HEAD'), keys(''), now))).toContain('not known')
    expect(reason(await verifySignature(object('HEAD'), keys(`* namespaces="file" ${publicKey}`), now))).toContain('not known')
    expect(reason(await verifySignature(object('HEAD'), keys(`* valid-before="20200101" ${publicKey}`), now))).toContain(
      'not valid at this time',
    )
    const { content, ...rest } = object('HEAD')
    const changed = Buffer.from(content.toString('latin1').replace('Signed', 'Sighed'), 'latin1')
    expect(reason(await verifySignature({ ...rest, content: changed }, keys(`* ${publicKey}`), now))).toContain('not of what it holds')
  })

  it('for another purpose is bad', async () => {
    const file = join(scratch, 'key-file')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    writeFileSync(join(scratch, 'payload'), payload)
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'file', '-f', file, join(scratch, 'payload')], { stdio: 'ignore' })
    const armored = readFileSync(join(scratch, 'payload.sig'), 'utf8')
    const { signers } = readAllowedSigners(`* ${readFileSync(`${file}.pub`, 'utf8')}`)

    expect(reason(await verifySignature(commitWith(armored), { pgp: [], ssh: signers }, now))).toContain('not for Git')
  })
})

describe('a list of allowed signers', () => {
  it('allows nobody by a line that it cannot read', () => {
    const { signers, problems } = readAllowedSigners(`
# a comment
mina@example.com ssh-ed25519 AAAA
mina@example.com cert-authority ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519', 'latin1').toString('base64')}
mina@example.com valid-before="tomorrow" ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519', 'latin1').toString('base64')}
hello
`)

    expect(signers).toEqual([])
    expect(problems).toEqual([
      expect.stringContaining('line 3: holds no key'),
      expect.stringContaining('line 4: cert-authority'),
      expect.stringContaining("line 5: 'tomorrow' is no time"),
      expect.stringContaining('line 6: is not PRINCIPALS'),
    ])
  })
})
