// Package arch holds no code: its tests keep the layering of the project and
// the purity of its lower floors. Do not relax a rule to mend a build; move the
// code to the floor where it belongs.
package arch
