import Glibc

/// A folder that goes with the test that made it.
public final class TemporaryFolder {
  public let path: String

  public init() {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }
  deinit { remove() }

  /// Removes the folder with all that is in it.
  public func remove() { remove(path) }

  /// Writes a file and makes the folders before it.
  public func write(_ name: String, _ text: String) { write(bytes: Array(name.utf8), text) }

  /// The same for a name that is no text.
  public func write(bytes name: [UInt8], _ text: String) { write(bytes: name, content: Array(text.utf8)) }

  public func write(_ name: String, _ content: [UInt8]) { write(bytes: Array(name.utf8), content: content) }

  public func write(bytes name: [UInt8], content bytes: [UInt8]) {
    for (index, byte) in name.enumerated() where byte == 0x2f {
      mkdir(path + "/" + String(decoding: name[..<index], as: UTF8.self), 0o700)
    }
    let full = Array((path + "/").utf8) + name
    let file = open(full.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count)
    close(file)
  }

  /// All of a file in it; empty when there is none.
  public func read(_ name: String) -> [UInt8] { contents(path + "/" + name) }

  private func remove(_ path: String) {
    if let stream = opendir(path) {
      while let record = readdir(stream) {
        let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
        let name = (UnsafeMutableRawPointer(record) + offset).assumingMemoryBound(to: CChar.self)
        if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { continue }
        if record.pointee.d_type == UInt8(DT_DIR) {
          remove(path + "/" + String(cString: name))
        } else {
          unlinkat(dirfd(stream), name, 0)
        }
      }
      closedir(stream)
    }
    rmdir(path)
  }
}

/// All of a file; empty when there is none.
public func contents(_ path: String) -> [UInt8] {
  let file = open(path, O_RDONLY)
  if file < 0 { return [] }
  defer { close(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 65_536)
  while case let n = read(file, &piece, piece.count), n > 0 { bytes += piece[..<n] }
  return bytes
}
