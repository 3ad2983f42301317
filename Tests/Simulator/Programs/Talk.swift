import StrataBase
import StrataSockets

/// One end of a connection that sends a stream and takes one, both at once, and then closes.
struct Talk {
  let socket: Descriptor
  /// Bytes to send.
  let count: Int
  private(set) var sent = 0
  private(set) var received = 0
  /// All of what came was what the other end was to send.
  private(set) var isRight = true
  /// The other end has said all.
  private(set) var hasEnd = false
  private(set) var hasShutDown = false
  private(set) var failure: SocketError?
  private(set) var isOver = false

  init(_ socket: Descriptor, sends count: Int) {
    self.socket = socket
    self.count = count
  }

  /// Moves what can be moved now.
  mutating func turn(_ sockets: some SocketCalls) {
    if isOver { return }
    do throws(SocketError) {
      try send(sockets)
      try receive(sockets)
    } catch {
      failure = error
    }
    if failure != nil || (hasEnd && hasShutDown) {
      sockets.close(socket)
      isOver = true
    }
  }

  private mutating func send(_ sockets: some SocketCalls) throws(SocketError) {
    while sent < count {
      do throws(SocketError) {
        // Both ways of writing are used in turn.
        if sent & 1 == 0 {
          let (at, rest) = (sent, count - sent)
          sent += try sockets.fill(socket) { target in
            let most = min(target.byteCount, rest, 16_384)
            Pattern.withBytes(at: at, count: most) { target.set($0, at: 0) }
            return most
          }
        } else {
          var n = 0
          var problem: SocketError?
          Pattern.withBytes(at: sent, count: min(count - sent, 7_777)) { bytes in
            do throws(SocketError) { n = try sockets.write(socket, bytes) } catch { problem = error }
          }
          if let problem { throw problem }
          sent += n
        }
      } catch .wouldBlock {
        return
      }
    }
    if !hasShutDown {
      try sockets.shutdown(socket, .write)
      hasShutDown = true
    }
  }

  private mutating func receive(_ sockets: some SocketCalls) throws(SocketError) {
    while !hasEnd {
      let at = received
      var isRight = true
      do throws(SocketError) {
        let n = try sockets.drain(socket) { bytes in
          isRight = Pattern.matches(bytes, at: at)
          return bytes.byteCount
        }
        received += n
        if !isRight { self.isRight = false }
        if n == 0 { hasEnd = true }
      } catch .wouldBlock {
        return
      }
    }
  }
}
