// Reads a KubeletConfiguration from standard input as the kubelet reads its file, but for two things: where the kubelet
// falls back to a lenient decoder and logs what it overlooked, this fails; and this machine need not be fit for a node.
// Prints what is wrong, and exits with 1 then.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	_ "k8s.io/kubernetes/pkg/features" // the feature gates that a kubelet knows
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = judge(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(text []byte) error {
	_, codecs, err := scheme.NewSchemeAndCodecs(serializer.EnableStrict)
	if err != nil {
		return err
	}
	object, kind, err := codecs.UniversalDecoder().Decode(text, nil, nil)
	if err != nil {
		return err
	}
	configuration, ok := object.(*kubeletconfig.KubeletConfiguration)
	if !ok {
		return fmt.Errorf("no KubeletConfiguration: %v", kind)
	}
	return utilerrors.FilterOut(validate(configuration), isOfThisMachine)
}

// isOfThisMachine is true of what pkg/kubelet/apis/config/validation/validation_linux.go says on a host like this one,
// whatever the configuration.
func isOfThisMachine(err error) bool {
	return strings.HasPrefix(err.Error(), "kubelet is configured to not run on a host using cgroup v1")
}

// validate calls what a release calls the same but gives other arguments: 1.24 knows the feature gates by itself.
func validate(configuration *kubeletconfig.KubeletConfiguration) error {
	switch theirs := interface{}(validation.ValidateKubeletConfiguration).(type) {
	case func(*kubeletconfig.KubeletConfiguration) error:
		return theirs(configuration)
	case func(*kubeletconfig.KubeletConfiguration, featuregate.FeatureGate) error:
		return theirs(configuration, utilfeature.DefaultFeatureGate)
	default:
		return fmt.Errorf("this release validates in a way that nobody has looked at: %T", theirs)
	}
}
