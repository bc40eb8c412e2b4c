// Checks a live transparency log with code that others wrote (golang.org/x/mod/sumdb: note, tlog): signature, every leaf's
// inclusion, consistency with a checkpoint kept from before. usage: verify_log URL KEPT (both checkpoints are signed by
// URL/key; KEPT may be "-"). Prints the number of leaves; status 1 and a sentence when something does not hold.
// Run with GO111MODULE=off and GOPATH where Debian puts Go libraries (golang-golang-x-mod-dev).
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(format string, values ...interface{}) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

func fetch(url string) []byte {
	answer, err := http.Get(url)
	if err != nil {
		fail("%v", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		fail("%s: status %d %v", url, answer.StatusCode, err)
	}
	return body
}

func open(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() {
		fail("checkpoint of %q: %v", lines[0], err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root: %v", err)
	}
	return tlog.Tree{N: size, Hash: root}
}

type tiles struct{ url string }

func (t tiles) Height() int { return height }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		all = append(all, fetch(t.url+"/"+path))
	}
	return all, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(url string, size int64) [][]byte {
	var all [][]byte
	for index := int64(0); index*256 < size; index++ {
		path := strings.Replace(tlog.Tile{H: height, L: 0, N: index, W: 256}.Path(), "tile/8/0/", "/tile/entries/", 1)
		if rest := size - index*256; rest < 256 {
			path += fmt.Sprintf(".p/%d", rest)
		}
		for bundle := fetch(url + path); len(bundle) > 0; {
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:length])
			bundle = bundle[length:]
		}
	}
	return all
}

func main() {
	url, kept := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(fetch(url + "/key"))))
	if err != nil {
		fail("key: %v", err)
	}
	tree := open(fetch(url+"/checkpoint"), verifier)
	reader := tlog.TileHashReader(tree, tiles{url})
	records := entries(url, tree.N)
	if int64(len(records)) != tree.N {
		fail("%d entries in a tree of %d", len(records), tree.N)
	}
	for i, record := range records {
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(record))
		}
		if err != nil {
			fail("record %d: %v", i, err)
		}
	}
	if kept != "-" {
		text, err := os.ReadFile(kept)
		if err != nil {
			fail("%v", err)
		}
		before := open(text, verifier)
		proof, err := tlog.ProveTree(tree.N, before.N, reader)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash)
		}
		if err != nil {
			fail("consistency with %d: %v", before.N, err)
		}
	}
	fmt.Println(tree.N)
}
