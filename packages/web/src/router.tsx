import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { controlPlane } from './facts/application-name.ts'
import { Frame } from './pages/frame.tsx'
import { Applications } from './pages/applications/applications.tsx'
import { readFleetSearch } from './pages/applications/fleet-search.ts'
import { readApplicationSearch } from './pages/application/application-search.ts'
import { readHistorySearch } from './pages/deliveries/delivery-search.ts'
import { readRunSearch, readRunsSearch } from './pages/runs/run-search.ts'
import { Crashed, NotFound } from './pages/not-found.tsx'
import { readNewPullSearch } from './pages/pulls/new-pull-search.ts'
import { readPullListSearch } from './pages/pulls/pull-list-search.ts'
import { readPullSearch } from './pages/pulls/pull-search.ts'
import { readRepositorySearch } from './pages/repositories/repository-search.ts'

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: Crashed })

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/applications', replace: true })
  },
})

export const applicationsRoute = createRoute({
  getParentRoute: () => root,
  path: '/applications',
  validateSearch: readFleetSearch,
  component: Applications,
})

const newApplication = createRoute({
  getParentRoute: () => root,
  path: '/applications/new',
  component: lazyRouteComponent(() => import('./pages/new-application/new-application.tsx'), 'NewApplication'),
})

export const applicationRoute = createRoute({
  getParentRoute: () => root,
  path: '/applications/$namespace/$name',
  validateSearch: readApplicationSearch,
  component: lazyRouteComponent(() => import('./pages/application/application.tsx'), 'ApplicationPage'),
})

/** Argo CD's short form, in which people have links to an application. */
const applicationByName = createRoute({
  getParentRoute: () => root,
  path: '/applications/$name',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/applications/$namespace/$name', params: { namespace: controlPlane, name: params.name }, replace: true })
  },
})

const applicationSets = createRoute({
  getParentRoute: () => root,
  path: '/applicationsets',
  component: lazyRouteComponent(() => import('./pages/sets/sets.tsx'), 'ApplicationSets'),
})

const applicationSet = createRoute({
  getParentRoute: () => root,
  path: '/applicationsets/$name',
  component: lazyRouteComponent(() => import('./pages/sets/set.tsx'), 'ApplicationSetPage'),
})

const deliveries = createRoute({
  getParentRoute: () => root,
  path: '/deliveries',
  validateSearch: readHistorySearch,
  component: lazyRouteComponent(() => import('./pages/deliveries/deliveries.tsx'), 'Deliveries'),
})

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/$name',
  validateSearch: readHistorySearch,
  component: lazyRouteComponent(() => import('./pages/deliveries/delivery.tsx'), 'DeliveryPage'),
})

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  component: lazyRouteComponent(() => import('./pages/models/models.tsx'), 'Models'),
})

const start = createRoute({
  getParentRoute: () => root,
  path: '/start',
  component: lazyRouteComponent(() => import('./pages/start/start.tsx'), 'Start'),
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/settings/accounts',
  component: lazyRouteComponent(() => import('./pages/people/accounts.tsx'), 'Accounts'),
})

const connections = createRoute({
  getParentRoute: () => root,
  path: '/settings/connections',
  component: lazyRouteComponent(() => import('./pages/connections/connections.tsx'), 'Connections'),
})

const keptRepositories = createRoute({
  getParentRoute: () => root,
  path: '/settings/repositories',
  component: lazyRouteComponent(() => import('./pages/credentials/kept-repositories.tsx'), 'KeptRepositories'),
})

const clusters = createRoute({
  getParentRoute: () => root,
  path: '/settings/clusters',
  component: lazyRouteComponent(() => import('./pages/clusters/clusters.tsx'), 'Clusters'),
})

const projects = createRoute({
  getParentRoute: () => root,
  path: '/settings/projects',
  component: lazyRouteComponent(() => import('./pages/projects/projects.tsx'), 'Projects'),
})

const project = createRoute({
  getParentRoute: () => root,
  path: '/settings/projects/$name',
  component: lazyRouteComponent(() => import('./pages/projects/project.tsx'), 'ProjectPage'),
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import('./pages/runs/runs.tsx'), 'Runs'),
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('./pages/runs/run.tsx'), 'RunPage'),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'Audit'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'Settings'),
})

const pulls = createRoute({
  getParentRoute: () => root,
  path: '/pulls',
  validateSearch: readPullListSearch,
  component: lazyRouteComponent(() => import('./pages/pulls/pulls.tsx'), 'Pulls'),
})

const newPull = createRoute({
  getParentRoute: () => root,
  path: '/pulls/new',
  validateSearch: readNewPullSearch,
  component: lazyRouteComponent(() => import('./pages/pulls/new-pull.tsx'), 'NewPull'),
})

const pull = createRoute({
  getParentRoute: () => root,
  path: '/pulls/$repository/$number',
  validateSearch: readPullSearch,
  component: lazyRouteComponent(() => import('./pages/pulls/pull.tsx'), 'PullPage'),
})

/** As the answer to a push names it, and webhooks. */
const pullOfRepository = createRoute({
  getParentRoute: () => root,
  path: '/repositories/$name/pulls/$number',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/pulls/$repository/$number', params: { repository: params.name, number: params.number }, replace: true })
  },
})

const gate = createRoute({
  getParentRoute: () => root,
  path: '/gates/$id',
  component: lazyRouteComponent(() => import('./pages/gates/gate-page.tsx'), 'GatePage'),
})

const repositories = createRoute({
  getParentRoute: () => root,
  path: '/repositories',
  component: lazyRouteComponent(() => import('./pages/repositories/repositories.tsx'), 'Repositories'),
})

const repository = createRoute({
  getParentRoute: () => root,
  path: '/repositories/$name',
  validateSearch: readRepositorySearch,
  component: lazyRouteComponent(() => import('./pages/repositories/repository.tsx'), 'RepositoryPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    applicationsRoute,
    newApplication,
    applicationRoute,
    applicationByName,
    applicationSets,
    applicationSet,
    pulls,
    newPull,
    pull,
    pullOfRepository,
    gate,
    repositories,
    repository,
    deliveries,
    delivery,
    models,
    start,
    account,
    connections,
    keptRepositories,
    clusters,
    projects,
    project,
    runs,
    run,
    audit,
    settings,
  ]),
  scrollRestoration: true,
  defaultPreload: 'intent',
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: NotFound,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
