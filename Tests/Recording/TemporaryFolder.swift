import Glibc

/// A folder that goes with the test that made it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }
  deinit { remove() }

  /// Removes the folder with its files; it has no folders in it.
  func remove() {
    guard let stream = opendir(path) else { return }
    while let record = readdir(stream) {
      let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
      let name = (UnsafeMutableRawPointer(record) + offset).assumingMemoryBound(to: CChar.self)
      unlinkat(dirfd(stream), name, 0)
    }
    closedir(stream)
    rmdir(path)
  }

  func write(_ name: String, _ bytes: [UInt8]) {
    let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count)
    close(file)
  }

  func read(_ name: String) -> [UInt8] {
    let file = open("\(path)/\(name)", O_RDONLY)
    if file < 0 { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let n = Glibc.read(file, &piece, piece.count), n > 0 { bytes += piece[..<n] }
    return bytes
  }
}
