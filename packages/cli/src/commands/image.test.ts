import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addImageCommands } from './image.ts'

const kustomization = '# by CI\nimages:\n  - name: registry.example.org/team/app\n    newTag: "1.0" # moved\n'
const values = 'image:\n  repository: app\n  tag: abc # moved\n'
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-image-'))
  mkdirSync(join(dir, 'apps'))
  writeFileSync(join(dir, 'apps', 'kustomization.yaml'), kustomization)
  writeFileSync(join(dir, 'values.yaml'), values)
  writeFileSync(join(dir, 'template.yaml'), '{{- if .Values.x }}\n: [')
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(dir, { recursive: true, force: true })
})

async function set(...args: string[]): Promise<void> {
  const program = new Command().exitOverride()
  addImageCommands(program)
  await program.parseAsync(['image', 'set', ...args], { from: 'user' })
}

describe('plimsoll image set', () => {
  it('moves the tag wherever the image is below a folder, and nothing else', async () => {
    await set('registry.example.org/team/app:1.1', dir)

    expect(readFileSync(join(dir, 'apps', 'kustomization.yaml'), 'utf8')).toBe(kustomization.replace('"1.0"', '"1.1"'))
    expect(readFileSync(join(dir, 'values.yaml'), 'utf8')).toBe(values)
  })

  it('sets a field of Helm values, and only says so with --dry-run', async () => {
    await set('app:1.1', join(dir, 'values.yaml'), '--field', 'image.tag', '--dry-run')
    expect(readFileSync(join(dir, 'values.yaml'), 'utf8')).toBe(values)

    await set('app:1.1', join(dir, 'values.yaml'), '--field', 'image.tag')
    expect(readFileSync(join(dir, 'values.yaml'), 'utf8')).toBe(values.replace('abc', '"1.1"'))
  })

  it('fails where no manifest has the image, and for what is no image with a version', async () => {
    await expect(set('other:1', dir)).rejects.toThrow(/has image 'other'/)
    await expect(set('other', dir)).rejects.toThrow(/no image with a version/)
  })

  it('follows no link out of the folder', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'plimsoll-outside-'))
    writeFileSync(join(outside, 'kustomization.yaml'), kustomization)
    symlinkSync(outside, join(dir, 'link'))

    await set('registry.example.org/team/app:1.1', dir)

    expect(readFileSync(join(outside, 'kustomization.yaml'), 'utf8')).toBe(kustomization)
    rmSync(outside, { recursive: true })
  })
})
