import StrataFiles

/// A folder that counts the bytes that were read from it, and keeps the rounds in which it was asked.
struct CountingStore: Store {
  var folder: FolderStore
  var bytesRead = 0
  var rounds: [UInt64] = []

  mutating func lookUp(_ path: [FileName]) -> StoreAnswer { folder.lookUp(path) }
  mutating func lookUp(_ path: [FileName], during round: UInt64) -> StoreAnswer {
    rounds.append(round)
    return folder.lookUp(path, during: round)
  }
  mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile { try folder.open(file) }
  mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int {
    let n = folder.read(file, at: offset, into: &target)
    bytesRead += n
    return n
  }
  mutating func close(_ file: OpenFile) { folder.close(file) }
}
