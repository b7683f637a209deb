// Makes the vectors in this folder: logs, notes, cosignatures and proofs written by Go's
// golang.org/x/mod/sumdb/{note,tlog} and by github.com/transparency-dev/formats.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type stream struct{ state [32]byte }

func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		s.state = sha256.Sum256(s.state[:])
		p[i] = s.state[0]
	}
	return len(p), nil
}

type hashes []tlog.Hash

func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = (*h)[index]
	}
	return found, nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func entry(i int) []byte {
	if i%3 == 0 {
		return []byte(fmt.Sprintf(`{"facts":{"n":"é"},"index":%d,"what":"advisory.published"}`, i))
	}
	digest := sha256.Sum256([]byte(fmt.Sprint(i)))
	return []byte(fmt.Sprintf("seawall-event v1\n%d\n%s\n", i, base64.StdEncoding.EncodeToString(digest[:])))
}

const origin = "go.example/log"

func main() {
	random := &stream{}
	skey, vkey, err := note.GenerateKey(random, origin)
	if err != nil {
		panic(err)
	}
	wskey, wplain, err := note.GenerateKey(random, "witness.example/go")
	if err != nil {
		panic(err)
	}
	log := must(note.NewSigner(skey))
	witness := must(fnote.NewSignerForCosignatureV1(wskey))
	verifier := must(fnote.NewVerifierForCosignatureV1(must(fnote.VKeyToCosignatureV1(wplain))))
	var stored hashes
	sizes := []int{1, 2, 5, 255, 256, 257, 300}
	checkpoints := map[string]string{}
	files := map[string]string{}
	for i := 0; i < 300; i++ {
		stored = append(stored, must(tlog.StoredHashes(int64(i), entry(i), &stored))...)
		for _, size := range sizes {
			if size == i+1 {
				root := must(tlog.TreeHash(int64(size), &stored))
				body := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
				text := must(note.Sign(&note.Note{Text: body}, log, witness))
				must(note.Open(text, note.VerifierList(verifier)))
				checkpoints[fmt.Sprint(size)] = string(text)
			}
		}
	}
	for _, tile := range tlog.NewTiles(8, 0, 300) {
		data := must(tlog.ReadTileData(tile, &stored))
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		files[path] = base64.StdEncoding.EncodeToString(data)
	}
	for start := 0; start < 300; start += 256 {
		var bundle bytes.Buffer
		width := min(256, 300-start)
		for i := start; i < start+width; i++ {
			binary.Write(&bundle, binary.BigEndian, uint16(len(entry(i))))
			bundle.Write(entry(i))
		}
		path := fmt.Sprintf("tile/entries/%03d", start/256)
		if width < 256 {
			path += fmt.Sprintf(".p/%d", width)
		}
		files[path] = base64.StdEncoding.EncodeToString(bundle.Bytes())
	}
	proofs := map[string]string{}
	for _, index := range []int64{0, 1, 4, 255, 256, 299} {
		var path [][sha256.Size]byte
		for _, hash := range must(tlog.ProveRecord(300, index, &stored)) {
			path = append(path, hash)
		}
		text := proof.TLogProof{Index: uint64(index), Hashes: path, Checkpoint: []byte(checkpoints["300"])}
		if index == 4 {
			text.ExtraData = []byte("extra")
		}
		proofs[fmt.Sprint(index)] = string(text.Marshal())
	}
	trees := map[string][]string{}
	for _, size := range sizes {
		lines := []string{}
		for _, hash := range must(tlog.ProveTree(300, int64(size), &stored)) {
			lines = append(lines, hash.String())
		}
		trees[fmt.Sprint(size)] = lines
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	out.Encode(map[string]any{
		"key": vkey, "witness_key": must(fnote.VKeyToCosignatureV1(wplain)),
		"checkpoints": checkpoints, "files": files, "proofs": proofs, "consistency": trees,
	})
}
