// What controllers do with client-go, against the cluster of the kubeconfig that is the first argument. The second says how
// objects travel: json, protobuf (and JSON where there is no protobuf), or only-protobuf.
//
// Prints one line per check, `ok NAME` or `FAILED NAME: why`, and ends with 1 when one failed.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	watchtools "k8s.io/client-go/tools/watch"
)

var (
	ctx         = context.Background()
	failures    int
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(isTrue bool, format string, values ...any) {
	if !isTrue {
		panic(fmt.Sprintf(format, values...))
	}
}

func until(what string, ask func() bool) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ask() {
			return
		}
	}
	panic("not in time: " + what)
}

func check(name string, run func()) {
	defer func() {
		if why := recover(); why != nil {
			failures++
			fmt.Printf("FAILED %s: %v\n", name, why)
			return
		}
		fmt.Println("ok", name)
	}()
	run()
}

func configFor(kubeconfig, form string) *rest.Config {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	must(err)
	config.QPS = -1
	switch form {
	case "protobuf":
		config.ContentType = runtime.ContentTypeProtobuf
		config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	case "only-protobuf":
		config.ContentType = runtime.ContentTypeProtobuf
		config.AcceptContentTypes = runtime.ContentTypeProtobuf
	}
	return config
}

func deployment(name string) *appsv1.Deployment {
	match := map[string]string{"app": name}
	requests := corev1.ResourceList{"cpu": resource.MustParse("10m"), "memory": resource.MustParse("1Mi")}
	container := corev1.Container{Name: "main", Image: "nginx", Resources: corev1.ResourceRequirements{Requests: requests}}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: match},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: match},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{container}},
			},
		},
	}
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"made": "here"}}}
}

func main() {
	form := os.Args[2]
	config := configFor(os.Args[1], form)
	client := kubernetes.NewForConfigOrDie(config)
	// The dynamic client speaks JSON, whatever the others do.
	dynamicClient := dynamic.NewForConfigOrDie(configFor(os.Args[1], "json"))
	room, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "go-"}}, metav1.CreateOptions{})
	must(err)
	namespace := room.Name
	maps := client.CoreV1().ConfigMaps(namespace)
	apps := client.AppsV1().Deployments(namespace)

	check("typed objects make the round trip", func() {
		made, err := apps.Create(ctx, deployment("web"), metav1.CreateOptions{FieldValidation: "Strict"})
		must(err)
		expect(made.Spec.Strategy.RollingUpdate.MaxSurge.String() == "25%", "max surge is %v", made.Spec.Strategy.RollingUpdate)
		until("it is ready", func() bool {
			made, err = apps.Get(ctx, "web", metav1.GetOptions{})
			must(err)
			return made.Status.ReadyReplicas == 1
		})
		expect(made.Spec.Template.Spec.Containers[0].Resources.Requests.Cpu().String() == "10m", "cpu is lost")
		made.ResourceVersion = "1"
		_, err = apps.Update(ctx, made, metav1.UpdateOptions{})
		expect(apierrors.IsConflict(err), "an old version: %v", err)
		_, err = apps.Create(ctx, deployment("web"), metav1.CreateOptions{})
		expect(apierrors.IsAlreadyExists(err), "a taken name: %v", err)
		bad := deployment("bad")
		bad.Spec.Template.Labels = nil
		_, err = apps.Create(ctx, bad, metav1.CreateOptions{})
		expect(apierrors.IsInvalid(err), "a selector that matches nothing: %v", err)
		_, err = apps.Patch(ctx, "web", types.MergePatchType, []byte(`{"spec":{"replicaz":1}}`), metav1.PatchOptions{FieldValidation: "Strict"})
		expect(err != nil && strings.Contains(err.Error(), `unknown field "spec.replicaz"`), "an unknown field: %v", err)
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: "bytes-"}, Data: map[string][]byte{"all": {0, 128, 255}}}
		secret, err = client.CoreV1().Secrets(namespace).Create(ctx, secret, metav1.CreateOptions{})
		must(err)
		expect(secret.Data["all"][2] == 255, "bytes are %v", secret.Data)
	})

	check("informers hear of everything", func() {
		var added, changed, deleted atomic.Int32
		factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
		_, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { added.Add(1) },
			UpdateFunc: func(any, any) { changed.Add(1) },
			DeleteFunc: func(any) { deleted.Add(1) },
		})
		must(err)
		all := dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamicClient, 0, namespace, nil)
		lister := all.ForResource(deployments).Lister()
		running, stop := context.WithCancel(ctx)
		defer stop()
		factory.Start(running.Done())
		all.Start(running.Done())
		for kind, isSynced := range factory.WaitForCacheSync(running.Done()) {
			expect(isSynced, "%v is not synced", kind)
		}
		all.WaitForCacheSync(running.Done())
		before := added.Load()
		for index := range 10 {
			made, err := maps.Create(ctx, configMap(fmt.Sprintf("informed-%d", index)), metav1.CreateOptions{})
			must(err)
			made.Data = map[string]string{"a": "b"}
			_, err = maps.Update(ctx, made, metav1.UpdateOptions{})
			must(err)
		}
		must(maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "made=here"}))
		until("all is heard", func() bool { return added.Load() == before+10 && changed.Load() >= 10 && deleted.Load() == 10 })
		_, err = lister.ByNamespace(namespace).Get("web")
		must(err)
	})

	check("lists and watches keep to resource versions", func() {
		list, err := maps.List(ctx, metav1.ListOptions{})
		must(err)
		for index := range 5 {
			_, err = maps.Create(ctx, configMap(fmt.Sprintf("later-%d", index)), metav1.CreateOptions{})
			must(err)
		}
		at := func(version string, match metav1.ResourceVersionMatch) (*corev1.ConfigMapList, error) {
			return maps.List(ctx, metav1.ListOptions{ResourceVersion: version, ResourceVersionMatch: match})
		}
		exact, err := at(list.ResourceVersion, metav1.ResourceVersionMatchExact)
		must(err)
		expect(len(exact.Items) == len(list.Items) && exact.ResourceVersion == list.ResourceVersion, "exact: %d", len(exact.Items))
		newer, err := at(list.ResourceVersion, metav1.ResourceVersionMatchNotOlderThan)
		must(err)
		expect(len(newer.Items) == len(list.Items)+5, "not older: %d", len(newer.Items))
		_, err = at("99999999", metav1.ResourceVersionMatchNotOlderThan)
		expect(apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge), "the future: %v", err)
		_, err = maps.Get(ctx, "later-0", metav1.GetOptions{ResourceVersion: "99999999"})
		expect(apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge), "the future: %v", err)
		paged := 0
		pages := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) { return maps.List(ctx, options) }))
		must(pages.EachListItem(ctx, metav1.ListOptions{Limit: 2}, func(runtime.Object) error { paged++; return nil }))
		expect(paged == len(newer.Items), "paged: %d", paged)

		oneSecond := int64(1)
		watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
			WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
				options.TimeoutSeconds = &oneSecond
				return maps.Watch(ctx, options)
			},
		})
		must(err)
		for range 5 {
			event := <-watcher.ResultChan()
			expect(event.Type == watch.Added, "event %v", event)
		}
		watcher.Stop()
		yes := true
		streamed, err := maps.Watch(ctx, metav1.ListOptions{SendInitialEvents: &yes, AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
		must(err)
		for event := range streamed.ResultChan() {
			object := event.Object.(*corev1.ConfigMap)
			if event.Type == watch.Bookmark {
				expect(object.Annotations[metav1.InitialEventsAnnotationKey] == "true", "bookmark %v", object)
				break
			}
		}
		streamed.Stop()
	})

	check("metadata alone is read and patched", func() {
		only := metadata.NewForConfigOrDie(config).Resource(deployments).Namespace(namespace)
		patched, err := only.Patch(ctx, "web", types.MergePatchType, []byte(`{"metadata":{"annotations":{"seen":"yes"}}}`), metav1.PatchOptions{})
		must(err)
		expect(patched.Annotations["seen"] == "yes" && patched.Name == "web", "patched %v", patched)
		list, err := only.List(ctx, metav1.ListOptions{})
		must(err)
		expect(len(list.Items) == 1 && list.ResourceVersion != "", "listed %v", list)
	})

	check("what is served is discovered in both forms", func() {
		modern := discovery.NewDiscoveryClientForConfigOrDie(config)
		_, resources, err := modern.ServerGroupsAndResources()
		must(err)
		legacy := discovery.NewDiscoveryClientForConfigOrDie(config)
		legacy.UseLegacyDiscovery = true
		_, same, err := legacy.ServerGroupsAndResources()
		must(err)
		expect(len(resources) > 10 && len(resources) == len(same), "%d and %d", len(resources), len(same))
		cached := memory.NewMemCacheClient(modern)
		mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
		found, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: "deploy"})
		must(err)
		expect(found == deployments, "deploy is %v", found)
		scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(modern))
		must(err)
		size, err := scales.Scales(namespace).Get(ctx, deployments.GroupResource(), "web", metav1.GetOptions{})
		must(err)
		size.Spec.Replicas, size.ResourceVersion = 2, ""
		size, err = scales.Scales(namespace).Update(ctx, deployments.GroupResource(), size, metav1.UpdateOptions{})
		must(err)
		expect(size.Spec.Replicas == 2 && size.Status.Selector == "app=web", "scale %v", size)
	})

	check("typed configurations are applied and taken out again", func() {
		match := map[string]string{"app": "applied"}
		pod := coreapply.PodSpec().WithContainers(coreapply.Container().WithName("main").WithImage("nginx"))
		wanted := appsapply.Deployment("applied", namespace).WithSpec(appsapply.DeploymentSpec().WithReplicas(1).
			WithSelector(metaapply.LabelSelector().WithMatchLabels(match)).
			WithTemplate(coreapply.PodTemplateSpec().WithLabels(match).WithSpec(pod)))
		_, err := apps.Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: "one"})
		must(err)
		other := appsapply.Deployment("applied", namespace).WithSpec(appsapply.DeploymentSpec().WithReplicas(3))
		_, err = apps.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "two"})
		expect(apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict), "a conflict: %v", err)
		applied, err := apps.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "two", Force: true})
		must(err)
		mine, err := appsapply.ExtractDeployment(applied, "one")
		must(err)
		expect(mine.Spec.Replicas == nil && *mine.Spec.Template.Spec.Containers[0].Image == "nginx", "extracted %v", mine.Spec)
		condition := appsapply.DeploymentCondition().WithType("Told").WithStatus(corev1.ConditionTrue)
		told := appsapply.Deployment("applied", namespace).WithStatus(appsapply.DeploymentStatus().WithConditions(condition))
		_, err = apps.ApplyStatus(ctx, told, metav1.ApplyOptions{FieldManager: "status", Force: true})
		must(err)
	})

	check("a leader is elected and lets go", func() {
		leases := client.CoordinationV1()
		lock := &resourcelock.LeaseLock{LeaseMeta: metav1.ObjectMeta{Name: "leader", Namespace: namespace}, Client: leases, LockConfig: resourcelock.ResourceLockConfig{Identity: "me"}}
		leading, resign := context.WithCancel(ctx)
		started := make(chan struct{})
		go leaderelection.RunOrDie(leading, leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 300 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { close(started) }, OnStoppedLeading: func() {}},
		})
		<-started
		// Not in the middle of its first renewal: client-go then releases with the version from before, and conflicts with itself.
		until("it is renewed", func() bool {
			lease, err := leases.Leases(namespace).Get(ctx, "leader", metav1.GetOptions{})
			must(err)
			return lease.Spec.RenewTime.After(lease.Spec.AcquireTime.Time)
		})
		resign()
		until("the lease is free", func() bool {
			lease, err := leases.Leases(namespace).Get(ctx, "leader", metav1.GetOptions{})
			must(err)
			return lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == ""
		})
	})

	check("tokens are issued and pods evicted", func() {
		token, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
		must(err)
		expect(token.Status.Token != "" && !token.Status.ExpirationTimestamp.IsZero(), "token %v", token.Status)
		pods := client.CoreV1().Pods(namespace)
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: labels.Set{"app": "web"}.String()})
		must(err)
		name := list.Items[0].Name
		must(pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}))
		until("it is gone", func() bool { _, err := pods.Get(ctx, name, metav1.GetOptions{}); return apierrors.IsNotFound(err) })
	})

	if failures > 0 {
		os.Exit(1)
	}
}
