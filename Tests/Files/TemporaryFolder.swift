import Glibc
import StrataFiles

/// A folder that goes with the test that made it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }
  deinit { remove(path) }

  /// Writes a file and makes the folders before it.
  func write(_ name: String, _ text: String) { write(bytes: Array(name.utf8), text) }

  func write(bytes name: [UInt8], _ text: String) {
    for (index, byte) in name.enumerated() where byte == 0x2f {
      mkdir(path + "/" + String(decoding: name[..<index], as: UTF8.self), 0o700)
    }
    let full = Array((path + "/").utf8) + name
    let file = open(full.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let bytes = Array(text.utf8)
    precondition(file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count)
    close(file)
  }

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

extension FolderStore {
  /// What one read of up to 64 bytes gives.
  mutating func text(_ file: OpenFile, at offset: UInt64) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    var count = 0
    bytes.withUnsafeMutableBytes { buffer in
      var span = MutableRawSpan(_unsafeBytes: buffer)
      count = read(file, at: offset, into: &span)
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
