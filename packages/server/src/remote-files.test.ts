import { describe, expect, it } from 'vitest'
import { createRemoteFiles } from './remote-files.ts'

describe('a file that a kustomization names by its address', () => {
  it.each(['http://files.example/a.yaml', 'file:///etc/passwd', 'ftp://files.example/a', 'nothing'])('is not read from %s', async (url) => {
    await expect(createRemoteFiles({ allowPrivateHosts: true })(url)).rejects.toMatchObject({ code: 'repository-unreachable' })
  })

  it.each(['https://127.0.0.1:1/a.yaml', 'https://169.254.169.254/a.yaml', 'https://localhost:1/a.yaml'])(
    'is not dialled inside this machine or its network: %s',
    async (url) => {
      await expect(createRemoteFiles({ allowPrivateHosts: false })(url)).rejects.toMatchObject({
        message: expect.stringContaining('inside this machine or its network'),
      })
    },
  )
})
