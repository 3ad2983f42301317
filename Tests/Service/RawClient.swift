import StrataBase
import StrataSockets

/// A client that says some bytes and keeps what it hears.
struct RawClient: Program {
  let address: SocketAddress
  var output: [UInt8]
  var input: [UInt8] = []
  var isConnected = false
  /// The peer's stream ended, in order.
  var ended = false
  var error: SocketError?
  /// Ends its own side when all is said.
  var halfCloses = false
  /// Reads at most so much; it stops then, as a slow reader does.
  var appetite = Int.max
  private(set) var descriptor: Descriptor?

  init(_ address: SocketAddress, says text: String = "") {
    self.address = address
    output = Array(text.utf8)
  }

  var text: String { String(decoding: input, as: UTF8.self) }
  var isOver: Bool { ended || error != nil }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let new = try sockets.socket(.stream)
      descriptor = new
      try sockets.connect(new, to: address)
      isConnected = true
    } catch {
      if error != .inProgress { self.error = error }
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == descriptor, let descriptor, error == nil else { return }
    if event.readiness.contains(.failed) { error = sockets.takeError(descriptor) }
    if event.readiness.contains(.writable) { isConnected = true }
    move(sockets)
  }

  mutating func move(_ sockets: some SocketCalls) {
    guard isConnected, let descriptor, error == nil else { return }
    do throws(SocketError) {
      while !output.isEmpty {
        let n = try sockets.write(descriptor, output.span.bytes)
        output.removeFirst(n)
      }
      if halfCloses {
        halfCloses = false
        try sockets.shutdown(descriptor, .write)
      }
    } catch .wouldBlock {
    } catch {
      self.error = error
    }
    do throws(SocketError) {
      while !ended, input.count < appetite {
        var saw = false
        _ = try sockets.drain(descriptor) { bytes in
          saw = true
          let n = min(bytes.byteCount, appetite - input.count)
          bytes.extracting(0..<n).withUnsafeBytes { input.append(contentsOf: $0) }
          return n
        }
        if !saw { ended = true }
      }
    } catch .wouldBlock {
    } catch {
      self.error = error
    }
  }

  mutating func say(_ text: String, _ sockets: some SocketCalls) {
    output += Array(text.utf8)
    move(sockets)
  }
  mutating func close(_ sockets: some SocketCalls) { if let descriptor { sockets.close(descriptor) } }
  mutating func abort(_ sockets: some SocketCalls) { if let descriptor { sockets.abort(descriptor) } }
}
