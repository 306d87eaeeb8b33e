package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// hashRow is a row of a file of password hashes.
type hashRow struct {
	UserID, NPI, Format, Hash string
	line                      int64
	// bad says why the row cannot be read.
	bad string
}

// maxHashLine bounds a line of JSON, in bytes.
const maxHashLine = 64 << 10

// hashRows reads CSV, or JSON when the file begins with a brace.
type hashRows struct {
	file    *os.File
	size    int64
	read    *bufio.Reader
	lines   *bufio.Scanner // JSON
	records *csv.Reader    // CSV
	column  map[string]int
	line    int64
}

func openHashRows(path string) (*hashRows, error) {
	f, err := os.Open(path) //nolint:gosec // the operator named it
	if err != nil {
		return nil, err
	}
	r := &hashRows{file: f, read: bufio.NewReader(f)}
	if err := r.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return r, nil
}

func (r *hashRows) close() error { return r.file.Close() }

func (r *hashRows) begin() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	r.size = max(info.Size(), 1)
	head, err := r.read.Peek(1)
	if err != nil {
		return errors.New("the file is empty")
	}
	if head[0] == '{' {
		r.lines = bufio.NewScanner(r.read)
		r.lines.Buffer(nil, maxHashLine)
		return nil
	}
	r.records = csv.NewReader(r.read)
	r.records.ReuseRecord = true
	names, err := r.records.Read()
	if err != nil {
		return err
	}
	r.column = map[string]int{}
	for i, name := range names {
		r.column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	_, byUserID := r.column["user_id"]
	_, byNPI := r.column["npi"]
	if _, ok := r.column["hash"]; !ok || !byUserID && !byNPI {
		return errors.New("there must be a column hash, and a column user_id or npi")
	}
	return nil
}

// fraction is how much of the file was read.
func (r *hashRows) fraction() float64 {
	at, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return float64(at-int64(r.read.Buffered())) / float64(r.size)
}

// next returns up to n rows, and whether there may be more.
func (r *hashRows) next(n int) (rows []hashRow, more bool, err error) {
	for len(rows) < n {
		row, err := r.one()
		if errors.Is(err, io.EOF) {
			return rows, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, row)
	}
	return rows, true, nil
}

func (r *hashRows) one() (hashRow, error) {
	if r.records != nil {
		return r.fromCSV()
	}
	for r.lines.Scan() {
		r.line++
		if text := bytes.TrimSpace(r.lines.Bytes()); len(text) > 0 {
			return fromJSON(text, r.line), nil
		}
	}
	if err := r.lines.Err(); err != nil {
		return hashRow{}, fmt.Errorf("after line %d: %w", r.line, err)
	}
	return hashRow{}, io.EOF
}

func (r *hashRows) fromCSV() (hashRow, error) {
	record, err := r.records.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		return hashRow{line: int64(broken.StartLine), bad: broken.Err.Error()}, nil
	case err != nil:
		return hashRow{}, err
	}
	line, _ := r.records.FieldPos(0)
	get := func(name string) string {
		if i, ok := r.column[name]; ok {
			return strings.Clone(strings.TrimSpace(record[i]))
		}
		return ""
	}
	return hashRow{UserID: get("user_id"), NPI: get("npi"), Format: get("format"), Hash: get("hash"), line: int64(line)}, nil
}

// fromJSON reads an object. Its hash is a string, or an object of Keycloak's.
func fromJSON(text []byte, line int64) hashRow {
	var o struct {
		UserID string          `json:"user_id"`
		NPI    string          `json:"npi"`
		Format string          `json:"format"`
		Hash   json.RawMessage `json:"hash"`
	}
	if json.Unmarshal(text, &o) != nil {
		return hashRow{line: line, bad: "not a JSON object with user_id or npi, format and hash"}
	}
	row := hashRow{UserID: strings.TrimSpace(o.UserID), NPI: strings.TrimSpace(o.NPI), Format: o.Format, line: line}
	if json.Unmarshal(o.Hash, &row.Hash) != nil {
		row.Hash = string(o.Hash)
	}
	return row
}
