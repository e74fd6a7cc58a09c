// Command argocd asks Argo CD's own code: what it reads in a folder, in which order it applies that, and which
// differences it sees afterwards. It prints JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/engine"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/api/resource"
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
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: argocd manifests REPOSITORY SOURCE | argocd sync|diff KUBECONFIG NAMESPACE < MANIFESTS"))
	}
	switch os.Args[1] {
	case "manifests":
		manifests(os.Args[2], os.Args[3])
	case "sync":
		synchronize(os.Args[2], os.Args[3])
	case "diff":
		differences(os.Args[2], os.Args[3])
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

func connect(kubeconfig string) cluster {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	check(err)
	config.QPS, config.Burst = 500, 500
	var targets []*unstructured.Unstructured
	check(json.NewDecoder(os.Stdin).Decode(&targets))
	return cluster{config, cache.NewClusterCache(config), targets}
}

// synchronize applies manifests as a sync operation does, with Argo CD's health checks, and prints what happened in
// its order: the end of each wave, and then the result of each object.
func synchronize(kubeconfig, namespace string) {
	on := connect(kubeconfig)
	ends := engine.NewEngine(on.config, on.cache)
	stop, err := ends.Run()
	check(err)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	wave := func(phase common.SyncPhase, wave int, final bool) error {
		show(map[string]any{"phase": phase, "wave": wave, "final": final})
		return nil
	}
	results, err := ends.Sync(
		ctx, on.targets, func(*cache.Resource) bool { return false }, "rehearsal", namespace,
		sync.WithHealthOverride(lua.ResourceHealthOverrides{}),
		sync.WithServerSideApply(true),
		sync.WithServerSideApplyManager(manager),
		sync.WithSyncWaveHook(wave),
	)
	check(err)
	waves := map[kube.ResourceKey]int{}
	for _, target := range on.targets {
		waves[kube.GetResourceKey(target)] = syncwaves.Wave(target)
	}
	sort.SliceStable(results, func(i, j int) bool { return results[i].Order < results[j].Order })
	for _, result := range results {
		show(map[string]any{
			"kind": result.ResourceKey.Kind, "namespace": result.ResourceKey.Namespace, "name": result.ResourceKey.Name,
			"phase": result.SyncPhase, "status": result.Status, "hook": result.HookPhase, "message": result.Message,
		})
	}
}

// differences prints, for each strategy, the objects that Argo CD takes for out of sync.
func differences(kubeconfig, namespace string) {
	on := connect(kubeconfig)
	check(on.cache.EnsureSynced())
	live, err := on.cache.GetManagedLiveObjs(on.targets, func(*cache.Resource) bool { return false })
	check(err)
	pairs := sync.Reconcile(on.targets, live, namespace, on.cache)
	normalizer, err := normalizers.NewKnownTypesNormalizer(nil)
	check(err)
	kubectl := &kube.KubectlCmd{}
	operations, cleanup, err := kubectl.ManageResources(on.config, on.cache.GetOpenAPISchema())
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
