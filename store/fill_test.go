package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"
)

// fill gives every field of the struct that p points to a random value: slices one to three elements, times whole
// nanoseconds in UTC. Half of the fields stay zero in half of the structs.
func fill(r *rand.Rand, p any) { fillValue(r, reflect.ValueOf(p).Elem(), r.IntN(2) == 0) }

func fillValue(r *rand.Rand, v reflect.Value, sparse bool) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(r.Int64N(1e9), r.Int64N(1e9)).UTC()))
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && (!sparse || r.IntN(2) == 0) {
				fillValue(r, f, sparse)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+r.IntN(3), 4))
		for i := range v.Len() {
			fillValue(r, v.Index(i), sparse)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillValue(r, key, sparse)
		fillValue(r, value, sparse)
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(r, v.Elem(), sparse)
	case reflect.String:
		v.SetString([]string{"101", "+49170222", "Zoë \"Z\"", "a\\b\n\x01", "<&> ", "sales"}[r.IntN(6)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.IntN(100)))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(r.IntN(100)))
	default:
		panic(fmt.Sprintf("no random %s", v.Type()))
	}
}
