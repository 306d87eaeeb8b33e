package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/redis"
)

// wrongValues is for what the server would not start, beyond what package config knows:
// what the services find wrong with their values.
func (in *installation) wrongValues() config.Problems {
	var w wrong
	_, err := in.documentForms()
	w.note("", err)
	_, err = in.factors(nil)
	w.note("", err)
	_, err = enroll.ParsePattern(in.config.Enroll.UserIDPattern)
	w.note("enroll.user_id_pattern", err)
	_, err = newHasher(in.config.Password)
	w.note("", err)
	return w.problems
}

// wrongFiles is for which of the files that the configuration names the server would not
// start. They are read by what the server reads them with.
func (in *installation) wrongFiles() config.Problems {
	var w wrong
	c := in.config
	if in.rootKeyWanted() {
		_, err := in.findRoot(false)
		w.note("data.root_key_file", err)
	}
	if in.embedded() {
		if info, err := os.Stat(c.Data.Directory); err == nil && !info.IsDir() {
			w.note("data.directory", errors.New(c.Data.Directory+" is no directory"))
		}
	} else {
		options, err := in.postgresOptions()
		if err == nil {
			err = postgres.Check(options)
		}
		w.note("data.postgres_url_file", err)
	}
	if c.Data.RedisFile != "" {
		options, err := in.redisOptions()
		if err == nil {
			err = redis.Check(options)
		}
		w.note("data.redis_url_file", err)
	}
	if c.Public.CertificateFile != "" {
		_, err := in.certificates()
		w.note("public.certificate_file, public.key_file", err)
	}
	_, err := in.clientRoots()
	w.note("", err)
	_, err = in.outbound()
	w.note("", err)
	if c.Password.Breach.CorpusFile != "" {
		list, err := in.corpus()
		if err == nil {
			err = list.Close()
		}
		w.note("", err)
	}
	_, err = in.documents()
	w.note("", err)
	if c.Mail.Host != "" {
		_, err := in.smtp()
		w.note("", err)
	}
	if c.Webhook.URL != "" {
		_, err := in.webhookSecrets()
		w.note("", err)
	}
	_, _, err = brands(c.Brand)
	w.note("", err)
	return w.problems
}

// rootKeyWanted says that there has to be a root key: one is named, or was made with the
// installation. In a new one the server makes it.
func (in *installation) rootKeyWanted() bool {
	if in.config.Data.RootKeyFile != "" || !in.embedded() {
		return true
	}
	for _, name := range []string{rootKeyFile, durableFile} {
		if _, err := os.Stat(filepath.Join(in.config.Data.Directory, name)); err == nil {
			return true
		}
	}
	return false
}

// wrong collects what is wrong.
type wrong struct{ problems config.Problems }

// note takes an error apart, and names the key where the error does not.
func (w *wrong) note(key string, err error) {
	if err == nil {
		return
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			w.note(key, one)
		}
		return
	}
	text := withoutFile(err)
	if key != "" && !strings.HasPrefix(text, "data.") {
		text = key + ": " + text
	}
	w.problems = append(w.problems, text)
}

// inFile says of problems in which file they are.
func (p *program) inFile(problems config.Problems) config.Problems {
	if p.configFile == "" {
		return problems
	}
	named := make(config.Problems, 0, len(problems))
	for _, one := range problems {
		named = append(named, p.configFile+": "+one)
	}
	return named
}
