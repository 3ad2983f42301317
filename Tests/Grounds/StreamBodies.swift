import StrataBase
import StrataSockets
import Testing

/// How streams carry bytes, on any ground.
extension Ground {
  func bytesGoBothWays() throws {
    let ends = try connect()
    #expect(try ends.client.write([1, 2, 3]) == 3)
    try run { ends.server.readiness.contains(.readable) }
    #expect(try ends.server.read() == [1, 2, 3])
    #expect(try ends.server.write([4, 5]) == 2)
    try run { ends.client.readiness.contains(.readable) }
    #expect(try ends.client.read(atMost: 1) == [4])
    #expect(try ends.client.read(atMost: 1) == [5])
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.client.read() } == .wouldBlock)
  }

  func aBigTransferArrivesWhole() throws {
    let ends = try connect()
    let goal = 3_000_000
    var sent = 0
    var received = 0
    var isEnded = false
    try run {
      do {
        if sent < goal {
          sent += try ends.client.fill(from: sent, atMost: goal - sent)
          if sent == goal { try ends.client.calls.shutdown(ends.client.descriptor, .write) }
        }
        // A slow reader: what it leaves presses back on the writer.
        if let n = try ends.server.drain(expecting: received, atMost: 100_000) {
          received += n
        } else {
          isEnded = true
        }
      } catch {
        Issue.record(error)
        return true
      }
      return isEnded
    }
    #expect(received == goal)
  }

  func aWriterStopsWhenNobodyReads() throws {
    let ends = try connect()
    try a.setOption(ends.client.descriptor, .sendBuffer(65_536))
    try b.setOption(ends.server.descriptor, .receiveBuffer(65_536))
    // A ground's buffers may be larger than asked for, but they end.
    let most = 32_000_000
    var sent = 0
    for _ in 0..<10 {
      sent += try ends.client.fill(from: sent, atMost: most - sent)
      run(for: .milliseconds(5))
    }
    while a.nextEvent() != nil {}
    sent += try ends.client.fill(from: sent, atMost: most - sent)
    #expect(sent > 0 && sent < most)
    #expect(!ends.client.readiness.contains(.writable))
    let unsent = a.unsent(ends.client.descriptor)
    #expect(unsent > 0 && unsent <= sent)

    var received = 0
    var becameWritable = false
    try run {
      received += (try? ends.server.drain(expecting: received)) ?? 0
      while let event = a.nextEvent() {
        if event.descriptor == ends.client.descriptor, event.readiness.contains(.writable) {
          becameWritable = true
        }
      }
      return received >= sent
    }
    #expect(received == sent)
    #expect(becameWritable)
    try run { a.unsent(ends.client.descriptor) == 0 }
  }

  func aHalfClosedStreamStillCarriesTheOtherWay() throws {
    let ends = try connect()
    _ = try ends.client.write([1])
    try a.shutdown(ends.client.descriptor, .write)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.client.write([2]) } == .brokenPipe)
    #expect(!ends.client.readiness.contains(.writable))
    try run { ends.server.readiness.contains(.peerClosed) }
    #expect(try ends.server.read() == [1])
    #expect(try ends.server.read() == [])
    #expect(try ends.server.read() == [], "the end stays the end")
    #expect(try ends.server.write([3, 4]) == 2)
    try run { ends.client.readiness.contains(.readable) }
    #expect(try ends.client.read() == [3, 4])
    #expect(!ends.client.readiness.contains(.peerClosed))
    b.close(ends.server.descriptor)
    try run { ends.client.readiness.contains(.peerClosed) }
    #expect(try ends.client.read() == [])
  }

  func closeStillSendsWhatWasAccepted() throws {
    let ends = try connect()
    let sent = try ends.client.fill(from: 0, atMost: 64_000_000)
    a.close(ends.client.descriptor)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.client.write([1]) } == .badDescriptor)
    var received = 0
    var isEnded = false
    try run {
      do {
        if let n = try ends.server.drain(expecting: received) { received += n } else { isEnded = true }
      } catch {
        Issue.record(error)
        return true
      }
      return isEnded
    }
    #expect(received == sent)
    #expect(isEnded)
  }

  func closeWithUnreadBytesResets() throws {
    let ends = try connect()
    _ = try ends.client.write([1, 2, 3])
    try run { ends.server.readiness.contains(.readable) }
    // It was seen, but not used.
    _ = try b.drain(ends.server.descriptor) { _ in 0 }
    b.close(ends.server.descriptor)
    try run { ends.client.readiness.contains(.failed) }
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.client.read() } == .connectionReset)
  }

  func anAbortIsSeenAsAReset() throws {
    let ends = try connect()
    a.abort(ends.client.descriptor)
    var events: [SocketEvent] = []
    try run {
      while let event = b.nextEvent() { events.append(event) }
      return !events.isEmpty
    }
    #expect(events.allSatisfy { $0.descriptor == ends.server.descriptor && $0.readiness.contains(.failed) })
    #expect(ends.server.readiness.contains(.failed))
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.server.read() } == .connectionReset)
    #expect(a.readiness(ends.client.descriptor) == [])
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.client.read() } == .badDescriptor)
  }

  func drainShowsAgainWhatWasNotUsed() throws {
    let ends = try connect()
    _ = try ends.client.write(Pattern.bytes(0..<1_000))
    try run { ends.server.readiness.contains(.readable) }
    var seen = 0
    let first = try b.drain(ends.server.descriptor) { span in
      #expect(span.byte(at: 0) == Pattern.byte(0))
      seen = span.byteCount
      return 10
    }
    #expect(first == 10 && seen >= 10)
    #expect(ends.server.readiness.contains(.readable))
    let second = try b.drain(ends.server.descriptor) { span in
      #expect(span.byte(at: 0) == Pattern.byte(10))
      return 0
    }
    #expect(second == 0)
    // A plain read goes on where drain stopped.
    #expect(try ends.server.read(atMost: 5) == Pattern.bytes(10..<15))
    _ = try ends.client.write(Pattern.bytes(1_000..<2_000))
    try a.shutdown(ends.client.descriptor, .write)
    var received = 15
    try run {
      guard let n = try? ends.server.drain(expecting: received) else { return true }
      received += n
      return received >= 2_000
    }
    #expect(received == 2_000)
    try run { ends.server.readiness.contains(.peerClosed) }
    let last = try b.drain(ends.server.descriptor) { _ in
      Issue.record("nothing is left")
      return 0
    }
    #expect(last == 0)
  }

  func aBodyThatLiesAboutItsCountIsRefused() throws {
    let ends = try connect()
    #expect(
      End<Calls>.error { () throws(SocketError) in
        _ = try a.fill(ends.client.descriptor) { $0.byteCount + 1 }
      } == .invalidArgument)
    _ = try ends.client.write([1, 2])
    try run { ends.server.readiness.contains(.readable) }
    #expect(
      End<Calls>.error { () throws(SocketError) in
        _ = try b.drain(ends.server.descriptor) { $0.byteCount + 1 }
      } == .invalidArgument)
  }

  func fillSendsOnlyWhatWasFilled() throws {
    let ends = try connect()
    #expect(try a.fill(ends.client.descriptor) { _ in 0 } == 0)
    let filled = try a.fill(ends.client.descriptor) { span in
      #expect(span.byteCount >= 3)
      span.storeBytes(of: 7, toByteOffset: 0, as: UInt8.self)
      span.storeBytes(of: 8, toByteOffset: 1, as: UInt8.self)
      return 2
    }
    #expect(filled == 2)
    #expect(try ends.client.write([9]) == 1)
    var got: [UInt8] = []
    try run {
      got += (try? ends.server.read()) ?? []
      return got.count >= 3
    }
    #expect(got == [7, 8, 9])
  }

  func oneSocketIsFilledInsideTheDrainOfAnother() throws {
    let first = try connect()
    let second = try connect()
    _ = try first.client.write(Pattern.bytes(0..<500))
    try run { first.server.readiness.contains(.readable) }
    // What a relay does: from one connection straight into the next.
    var moved = 0
    while moved < 500 {
      moved += try b.drain(first.server.descriptor) { source in
        let n = try? b.fill(second.server.descriptor) { target in
          let n = min(source.byteCount, target.byteCount)
          target.set(source.extracting(0..<n), at: 0)
          return n
        }
        return n ?? 0
      }
    }
    var received = 0
    try run {
      received += (try? second.client.drain(expecting: received)) ?? 0
      return received >= 500
    }
    #expect(received == 500)
  }

  func anEchoFillsInsideOfItsOwnDrain() throws {
    let ends = try connect()
    let goal = 20_000
    #expect(try ends.client.write(Pattern.bytes(0..<goal)) == goal)
    var received = 0
    try run {
      _ = try? b.drain(ends.server.descriptor) { bytes in
        (try? b.write(ends.server.descriptor, bytes)) ?? 0
      }
      received += (try? ends.client.drain(expecting: received)) ?? 0
      return received >= goal
    }
    #expect(received == goal)
  }

  func aBodyMayCloseItsSocket() throws {
    let ends = try connect()
    _ = try ends.client.write([1, 2, 3])
    try run { ends.server.readiness.contains(.readable) }
    let used = try b.drain(ends.server.descriptor) { bytes in
      b.close(ends.server.descriptor)
      #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.server.write([1]) } == .badDescriptor)
      // Its bytes are still there.
      #expect(bytes.byteCount == 3 && bytes.byte(at: 2) == 3)
      return 3
    }
    #expect(used == 3)
    #expect(ends.server.readiness == [])
    try run { ends.client.readiness.contains(.peerClosed) }
    #expect(try ends.client.read() == [])
  }

  func whoEndsHisReadingReadsTheEnd() throws {
    let ends = try connect()
    #expect(End<Calls>.error { () throws(SocketError) in _ = try ends.server.read() } == .wouldBlock)
    try b.shutdown(ends.server.descriptor, .read)
    #expect(try ends.server.read() == [])
    var none: [UInt8] = []
    var span = none.mutableSpan
    var raw = span.mutableBytes
    #expect(
      End<Calls>.error { () throws(SocketError) in
        _ = try ends.server.calls.read(ends.server.descriptor, into: &raw)
      } == .invalidArgument, "no room is not the end")
    // The other way goes on.
    #expect(try ends.server.write([1]) == 1)
    try run { ends.client.readiness.contains(.readable) }
    #expect(try ends.client.read() == [1])
  }
}
