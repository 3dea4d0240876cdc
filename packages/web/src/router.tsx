import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { Frame } from './pages/frame.tsx'
import { Applications } from './pages/applications/applications.tsx'
import { readFleetSearch } from './pages/applications/fleet-search.ts'
import { readApplicationSearch } from './pages/application/application-search.ts'
import { Crashed, NotFound } from './pages/not-found.tsx'

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
    throw redirect({ to: '/applications/$namespace/$name', params: { namespace: 'argocd', name: params.name }, replace: true })
  },
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

export const router = createRouter({
  routeTree: root.addChildren([index, applicationsRoute, newApplication, applicationRoute, applicationByName, audit, settings]),
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
