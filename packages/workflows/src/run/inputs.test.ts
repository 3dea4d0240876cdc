import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})

afterAll(() => house.close())

/** Shaped as the pipelines that people bring: tests, an image, a deployment. What `pip` would fetch is left out: tests need no network. */
const pipeline = `
name: CI/CD Pipeline
on:
  push:
    branches: [main, develop]
  pull_request:
    branches: [main]
env:
  REGISTRY: ghcr.io
  IMAGE_NAME: \${{ github.repository }}
jobs:
  test:
    name: Test & Lint
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python3 -m unittest discover tests
      - name: Upload coverage
        uses: codecov/codecov-action@v4
        with: {file: coverage.xml}
  build:
    name: Build & Push Docker Image
    runs-on: ubuntu-latest
    needs: test
    if: github.ref == 'refs/heads/main'
    permissions: {contents: read, packages: write}
    steps:
      - uses: actions/checkout@v4
      - name: Log in to Container Registry
        uses: docker/login-action@v3
        with:
          registry: \${{ env.REGISTRY }}
          username: \${{ github.actor }}
          password: \${{ secrets.GITHUB_TOKEN }}
      - id: meta
        uses: docker/metadata-action@v5
  deploy:
    name: Deploy to Kubernetes
    runs-on: ubuntu-latest
    needs: build
    environment: production
    steps:
      - uses: actions/checkout@v4
`

describe('a pipeline as people bring it', () => {
  it('fails where this machine has no container engine, with that reason, and nowhere else', async () => {
    const run = await house.run(
      pipeline,
      {},
      { 'tests/test_a.py': 'import unittest\nclass A(unittest.TestCase):\n  def test_a(self): pass\n' },
    )

    expect(run.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['Test & Lint', 'success'],
      ['Build & Push Docker Image', 'failure'],
      ['Deploy to Kubernetes', 'skipped'],
    ])
    expect(run.jobs[1]?.steps.filter((step) => step.conclusion === 'failure').map((step) => step.name)).toEqual([
      'Log in to Container Registry',
    ])
    expect(await house.text(run, 'build')).toContain("Action 'docker/login-action@v3' speaks to a container engine itself")
    expect(run.jobs[0]?.annotations).toMatchObject([{ level: 'warning', message: expect.stringContaining('Nothing was uploaded') }])
  })

  it('that asks for a service fails with that reason', async () => {
    const run = await house.run('on: push\njobs: {a: {runs-on: x, services: {db: {image: postgres}}, steps: [{run: echo never}]}}')

    expect(run.jobs[0]?.conclusion).toBe('failure')
    expect(await house.text(run)).toContain('there is no container engine for jobs on this machine')
    expect(run.jobs[0]?.steps.find(({ name }) => name === 'Run echo never')?.conclusion).toBe('skipped')
  })
})
