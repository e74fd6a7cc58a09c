// Command argocd asks Argo CD's own code: what it reads in a folder, in which order it applies that, and which
// differences it sees afterwards. It prints JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"github.com/argoproj/argo-cd/v3/util/lua"
)

const manager = "argocd-controller"

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "manifests":
		manifests(os.Args[2], os.Args[3])
	case len(os.Args) == 5 && os.Args[1] == "sync":
		timeout, err := time.ParseDuration(os.Args[4])
		check(err)
		synchronize(os.Args[2], os.Args[3], timeout)
	case len(os.Args) == 4 && os.Args[1] == "diff":
		differences(os.Args[2], os.Args[3])
	default:
		fail(fmt.Errorf("usage: argocd manifests REPOSITORY SOURCE\n" +
			"       argocd sync KUBECONFIG NAMESPACE TIMEOUT < MANIFESTS\n" +
			"       argocd diff KUBECONFIG NAMESPACE < MANIFESTS"))
	}
}

// manifests prints the objects of an Application's source, given as JSON, in a checkout of its repository.
func manifests(repository_, text string) {
	var source v1alpha1.ApplicationSource
	check(json.Unmarshal([]byte(text), &source))
	root, err := filepath.Abs(repository_)
	check(err)
	request := &apiclient.ManifestRequest{
		Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
		ApplicationSource: &source,
		AppName:           "rehearsal",
		Namespace:         "default",
		KubeVersion:       "1.34.4",
	}
	answer, err := repository.GenerateManifests(
		context.Background(), filepath.Join(root, source.Path), root, "HEAD", request, true, git.NoopCredsStore{},
		resource.MustParse("0"), utilio.NewRandomizedTempPaths(os.TempDir()),
	)
	check(err)
	for _, manifest := range answer.Manifests {
		fmt.Println(manifest)
	}
}

type cluster struct {
	config  *rest.Config
	cache   cache.ClusterCache
	targets []*unstructured.Unstructured
}

// connect reads the manifests, and gives those that live in a namespace the Application's where they name none.
func connect(kubeconfig, namespace string) cluster {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	check(err)
	config.QPS, config.Burst = 500, 500
	var targets []*unstructured.Unstructured
	check(json.NewDecoder(os.Stdin).Decode(&targets))
	seen := cache.NewClusterCache(config)
	check(seen.EnsureSynced())
	for _, target := range targets {
		kind := target.GroupVersionKind().GroupKind()
		if isNamespaced, err := seen.IsNamespaced(kind); err == nil && isNamespaced && target.GetNamespace() == "" {
			target.SetNamespace(namespace)
		}
	}
	return cluster{config, seen, targets}
}

// synchronize applies manifests as a sync operation does, with Argo CD's health checks, and prints what happened in
// its order: the end of each wave, and then the result of each hook and of the operation, which has a timeout. As Argo CD's controller does, it looks at the
// cluster anew before each step.
func synchronize(kubeconfig, namespace string, timeout time.Duration) {
	on := connect(kubeconfig, namespace)
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	wave := func(phase common.SyncPhase, wave int, final bool) error {
		show(map[string]any{"phase": phase, "wave": wave, "final": final})
		return nil
	}
	phase, message, started := common.OperationRunning, "", metav1.Now()
	var results []common.ResourceSyncResult
	for !phase.Completed() {
		live, err := on.cache.GetManagedLiveObjs(on.targets, func(*cache.Resource) bool { return false })
		check(err)
		pairs := sync.Reconcile(on.targets, live, namespace, on.cache)
		operation, cleanup, err := sync.NewSyncContext(
			"rehearsal", pairs, on.config, on.config, kubectl, namespace, on.cache.GetOpenAPISchema(),
			sync.WithInitialState(phase, message, results, started),
			sync.WithHealthOverride(lua.ResourceHealthOverrides{}),
			sync.WithServerSideApply(true),
			sync.WithServerSideApplyManager(manager),
			sync.WithSyncWaveHook(wave),
			sync.WithLogr(logr.Discard()),
		)
		check(err)
		if time.Since(started.Time) > timeout {
			operation.Terminate()
		} else {
			operation.Sync()
		}
		phase, message, results = operation.GetState()
		cleanup()
		time.Sleep(time.Second)
	}
	for _, result := range results {
		if result.HookType != "" {
			name := result.ResourceKey.Kind + "/" + result.ResourceKey.Name
			show(map[string]any{"hook": name, "type": result.HookType, "phase": result.HookPhase})
		}
	}
	show(map[string]any{"operation": phase, "message": message})
}

// differences prints, for each strategy, the objects that Argo CD takes for out of sync.
func differences(kubeconfig, namespace string) {
	on := connect(kubeconfig, namespace)
	live, err := on.cache.GetManagedLiveObjs(on.targets, func(*cache.Resource) bool { return false })
	check(err)
	pairs := sync.Reconcile(on.targets, live, namespace, on.cache)
	normalizer, err := normalizers.NewKnownTypesNormalizer(nil)
	check(err)
	quietly := func(string) (kube.CleanupFunc, error) { return func() {}, nil }
	operations, cleanup, err := kube.ManageServerSideDiffDryRuns(
		on.config, on.cache.GetOpenAPISchema(), tracing.NopTracer{}, logr.Discard(), quietly,
	)
	check(err)
	defer cleanup()
	strategies := map[string][]diff.Option{
		"legacy": {diff.WithNormalizer(normalizer)},
		"structured-merge": {
			diff.WithNormalizer(normalizer), diff.WithStructuredMergeDiff(true),
			diff.WithGVKParser(on.cache.GetGVKParser()), diff.WithManager(manager),
		},
		"server-side": {
			diff.WithNormalizer(normalizer), diff.WithServerSideDiff(true), diff.WithManager(manager),
			diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(operations)),
			diff.WithGVKParser(on.cache.GetGVKParser()),
		},
	}
	for _, strategy := range []string{"legacy", "structured-merge", "server-side"} {
		found := []map[string]string{}
		for i := range pairs.Target {
			result, err := diff.Diff(pairs.Target[i], pairs.Live[i], strategies[strategy]...)
			check(err)
			if result.Modified {
				target := pairs.Target[i]
				found = append(found, map[string]string{
					"kind": target.GetKind(), "name": target.GetName(),
					"live": string(result.NormalizedLive), "predicted": string(result.PredictedLive),
				})
			}
		}
		show(map[string]any{"strategy": strategy, "objects": len(pairs.Target), "modified": found})
	}
}

func show(value any) {
	check(json.NewEncoder(os.Stdout).Encode(value))
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
