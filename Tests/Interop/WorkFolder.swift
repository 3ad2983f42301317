import Glibc

/// A folder of a test: `site` in it is what is served, the rest is around it.
///
/// ```swift
/// let folder = WorkFolder()
/// defer { folder.remove() }
/// folder.writeRandom("site/a.bin", count: 1 << 20)
/// ```
struct WorkFolder {
  let path: String

  init() {
    var template = Array("/tmp/strata-interop-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { fatalError("no folder can be made in /tmp") }
    path = String(cString: made)
    mkdir(site, 0o755)
  }

  var site: String { path + "/site" }

  /// The path of a name in it.
  subscript(_ name: String) -> String { "\(path)/\(name)" }

  func remove() { WorkFolder.remove(path) }

  func write(_ name: String, _ text: String) { write(name, bytes: Array(text.utf8)) }

  func write(_ name: String, bytes: [UInt8]) {
    let file = open(name)
    bytes.withUnsafeBytes { put($0, file) }
    close(file)
  }

  /// Bytes that follow from a seed, and that no compression or pattern makes easy.
  func writeRandom(_ name: String, count: Int, seed: UInt64 = 1) {
    let file = open(name)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
    defer { piece.deallocate() }
    var state = seed &* 0xd134_2543_de82_ef95 | 1
    var left = count
    while left > 0 {
      for at in stride(from: 0, to: min(piece.count, left + 7 & ~7), by: 8) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        piece.storeBytes(of: state ^ state >> 29 ^ state << 17, toByteOffset: at, as: UInt64.self)
      }
      let part = min(left, piece.count)
      put(UnsafeRawBufferPointer(rebasing: piece[..<part]), file)
      left -= part
    }
    close(file)
  }

  /// A file of zeros that takes no room on the disk.
  func writeSparse(_ name: String, count: Int) {
    let file = open(name)
    precondition(ftruncate(file, off_t(count)) == 0)
    close(file)
  }

  func link(_ name: String, to target: String) { precondition(symlink(target, self[name]) == 0) }

  /// The bytes of a file, or of a part of it; nil when it is not there.
  func bytes(_ name: String, from start: Int = 0, count: Int = .max) -> [UInt8]? {
    let file = Glibc.open(self[name], O_RDONLY | O_CLOEXEC)
    if file < 0 { return nil }
    defer { close(file) }
    var status = stat()
    fstat(file, &status)
    let wanted = max(0, min(count, Int(status.st_size) - start))
    var bytes = [UInt8](repeating: 0, count: wanted)
    var done = 0
    while done < wanted {
      let n = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress! + done, wanted - done, off_t(start + done))
      }
      if n <= 0 { return nil }
      done += n
    }
    return bytes
  }

  func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

  /// How many bytes a file has; nil when it is not there.
  func size(_ name: String) -> Int? {
    var status = stat()
    return stat(self[name], &status) == 0 ? Int(status.st_size) : nil
  }

  /// The SHA-256 digests of files, in order, as sha256sum finds them.
  func digests(_ names: [String]) async throws -> [Substring] {
    let outcome = try await Outcome.of("sha256sum", names.map { self[$0] })
    return outcome.outputLines.map { $0.prefix(64) }
  }

  private func open(_ name: String) -> Int32 {
    for (place, letter) in zip(name.indices, name) where letter == "/" {
      mkdir(self[String(name[..<place])], 0o755)
    }
    let file = Glibc.open(self[name], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    precondition(file >= 0, "\(self[name]) cannot be written")
    return file
  }

  private func put(_ bytes: UnsafeRawBufferPointer, _ file: Int32) {
    var done = 0
    while done < bytes.count {
      let n = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
      precondition(n > 0, "the disk of /tmp is full")
      done += n
    }
  }

  private static func remove(_ path: String) {
    if let stream = opendir(path) {
      while let record = readdir(stream) {
        let name = withUnsafeBytes(of: record.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name == "." || name == ".." { continue }
        if record.pointee.d_type == UInt8(DT_DIR) {
          remove("\(path)/\(name)")
        } else {
          unlink("\(path)/\(name)")
        }
      }
      closedir(stream)
    }
    rmdir(path)
  }
}
