// Package fakeca is a certificate authority for tests, made anew in each run: no key is kept anywhere. It belongs to tests
// only and imports nothing of ours. What cannot happen is a panic.
//
//	New --> Authority --Issue--> certificate and key, as crypto/tls takes them, or as PEM files
package fakeca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority issues certificates. They hold from 1999 to 2099, so that they hold in a bubble of fake time too.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64
}

var (
	from = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	to   = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
)

// New makes an authority.
func New() *Authority {
	a := &Authority{}
	issued := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority of a test"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.cert, a.key = issued.Leaf, issued.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// Pool holds the authority's own certificate: who trusts it trusts all it issues.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issue makes a certificate for names and addresses.
func (a *Authority) Issue(names ...string) *tls.Certificate {
	return a.IssueUntil(to, names...)
}

// IssueUntil is Issue with an end.
func (a *Authority) IssueUntil(end time.Time, names ...string) *tls.Certificate {
	template := &x509.Certificate{NotBefore: from, NotAfter: end, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return a.sign(template)
}

// sign makes a key and a certificate of it; the first one signs itself.
func (a *Authority) sign(template *x509.Certificate) *tls.Certificate {
	a.last++
	template.SerialNumber = big.NewInt(a.last)
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = template, key
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by))
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: must(x509.ParseCertificate(der))}
}

// WritePEM puts a certificate and its key into files of these names, each replaced as a whole.
func WritePEM(cert *tls.Certificate, certFile, keyFile string) {
	write(certFile, "CERTIFICATE", cert.Certificate[0])
	write(keyFile, "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(cert.PrivateKey)))
}

func write(file, kind string, der []byte) {
	fresh := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".new")
	if err := os.WriteFile(fresh, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(fresh, file); err != nil {
		panic(err)
	}
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}
