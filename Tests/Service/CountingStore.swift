import StrataFiles

/// A folder that counts the bytes that were read from it.
struct CountingStore: Store {
  var folder: FolderStore
  var bytesRead = 0

  mutating func lookUp(_ path: [FileName]) -> StoreAnswer { folder.lookUp(path) }
  mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile { try folder.open(file) }
  mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int {
    let n = folder.read(file, at: offset, into: &target)
    bytesRead += n
    return n
  }
  mutating func close(_ file: OpenFile) { folder.close(file) }
}
