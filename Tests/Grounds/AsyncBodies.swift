import StrataBase
import StrataSockets
import Testing

/// Tasks on sockets, on any ground.
extension Ground {
  func fiftyClientsAreEchoed() throws {
    let tasks = Tasks(on: self)
    let listener = try tasks.listen()
    let address = try listener.localAddress
    let served = Kept<Int>()
    served.value = 0
    tasks.start {
      for _ in 0..<50 {
        let socket = try await listener.accept()
        tasks.start {
          while case let bytes = try await socket.read(atMost: 1_000), !bytes.isEmpty {
            try await socket.write(bytes)
          }
          socket.close()
        }
      }
    }
    for client in 0..<50 {
      tasks.start {
        let socket = try await tasks.a.connect(to: address)
        for round in 0..<5 {
          let start = client * 10_000 + round * 1_000
          try await socket.write(Pattern.bytes(start..<(start + 700)))
          var answer: [UInt8] = []
          while answer.count < 700 { answer += try await socket.read(atMost: 300) }
          #expect(answer == Pattern.bytes(start..<(start + 700)))
        }
        try socket.closeWrite()
        #expect(try await socket.read(atMost: 1) == [])
        socket.close()
        served.value! += 1
      }
    }
    try tasks.finish()
    #expect(served.value == 50)
  }

  func aWriteLargerThanEveryBufferArrivesWhole() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    let goal = 9_000_000
    tasks.start {
      try await client.write(Pattern.bytes(0..<goal))
      try client.closeWrite()
    }
    tasks.start {
      var received = 0
      while true {
        let bytes = try await server.read(atMost: 50_000)
        if bytes.isEmpty { break }
        #expect(
          bytes.first == Pattern.byte(received) && bytes.last == Pattern.byte(received + bytes.count - 1))
        received += bytes.count
      }
      #expect(received == goal)
    }
    try tasks.finish()
  }

  func bytesGoInPlaceBothWays() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    tasks.start {
      let n = try await client.fill { span in
        span.storeBytes(of: 42, toByteOffset: 0, as: UInt8.self)
        return 1
      }
      #expect(n == 1)
    }
    tasks.start {
      var room = [UInt8](repeating: 0, count: 8)
      var span = room.mutableSpan
      var raw = span.mutableBytes
      let n = try await server.read(into: &raw)
      #expect(n == 1)
      #expect(raw.byteCount == 8)
      #expect(room[0] == 42)
    }
    try tasks.finish()
  }

  func aReadyCallNeverSuspends() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    tasks.start { try await client.write([1, 2, 3]) }
    try tasks.run { b.readiness(server.descriptor).contains(.readable) }
    let read = Kept<[UInt8]>()
    tasks.start { read.value = try await server.read(atMost: 10) }
    // One pass over the jobs, and no event.
    tasks.queue.run()
    #expect(read.value == [1, 2, 3])
    try tasks.finish()
  }

  func aDeadlineEndsAWait() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    let listener = try tasks.listen()
    tasks.start {
      let deadline = tasks.b.calls.now + .milliseconds(20)
      let read = await error { () async throws(SocketError) in
        _ = try await server.read(atMost: 1, until: deadline)
      }
      #expect(read == .timedOut)
      #expect(tasks.b.calls.now >= deadline)
      let again = await error { () async throws(SocketError) in
        _ = try await server.read(atMost: 1, until: deadline)
      }
      #expect(again == .timedOut, "a deadline that has passed ends the wait at once")
      let later = tasks.b.calls.now + .milliseconds(5)
      let accept = await error { () async throws(SocketError) in _ = try await listener.accept(until: later) }
      #expect(accept == .timedOut)
      // The socket is as it was.
      try await client.write([9])
      #expect(try await server.read(atMost: 1, until: tasks.b.calls.now + .seconds(60)) == [9])
    }
    try tasks.finish()
  }

  func deadlinesComeInTheirOrder() throws {
    let tasks = Tasks(on: self)
    let order = Kept<[Int]>()
    order.value = []
    let start = tasks.b.calls.now
    for n in [5, 2, 9, 1, 7, 3, 8, 4, 6] {
      let listener = try tasks.listen()
      tasks.start {
        let end = start + .milliseconds(Int64(30 + n * 3))
        let why = await error { () async throws(SocketError) in _ = try await listener.accept(until: end) }
        #expect(why == .timedOut)
        order.value!.append(n)
      }
    }
    try tasks.finish()
    #expect(order.value == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  func aCancelledWaitEndsAndLeavesTheSocketWhole() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    let reader = tasks.start {
      let end = tasks.b.calls.now + .seconds(60)
      let why = await error { () async throws(SocketError) in _ = try await server.read(atMost: 1, until: end)
      }
      #expect(why == .cancelled)
    }
    try tasks.run { tasks.b.waitingCount == 1 }
    #expect(tasks.b.nextDeadline != .never)
    reader.cancel()
    try tasks.finish()
    tasks.start {
      try await client.write([1])
      #expect(try await server.read(atMost: 1) == [1])
    }
    try tasks.finish()
  }

  func aTaskCancelledBeforeItWaitsDoesNotWait() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await server.read(atMost: 1) }
      #expect(why == .cancelled)
    }.cancel()
    tasks.start {
      let why = await error { () async throws(SocketError) in
        _ = try await tasks.a.connect(to: try client.peerAddress)
      }
      #expect(why == .cancelled || why == .connectionRefused)
    }.cancel()
    try tasks.finish()
  }

  func aSecondReaderIsRefused() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    tasks.start {
      let bytes = try await server.read(atMost: 1)
      #expect(bytes == [7])
    }
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await server.read(atMost: 1) }
      #expect(why == .invalidArgument)
      // A writer is not in its way.
      try await server.write([1])
      try await client.write([7])
    }
    try tasks.finish()
  }

  func aCloseEndsTheWaitsOfOtherTasks() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    let listener = try tasks.listen()
    let (other, silent) = try tasks.connect()
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await other.read(atMost: 1) }
      #expect(why == .badDescriptor)
    }
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await listener.accept() }
      #expect(why == .badDescriptor)
    }
    tasks.start {
      // More than any buffer holds.
      let why = await error { () async throws(SocketError) in
        try await client.write([UInt8](repeating: 0, count: 32_000_000))
      }
      #expect(why == .badDescriptor)
    }
    try tasks.run { tasks.a.waitingCount == 2 && tasks.b.waitingCount == 1 }
    client.close()
    other.close()
    listener.close()
    try tasks.finish()
    #expect(throws: SocketError.badDescriptor) { _ = try client.localAddress }
    server.close()
    silent.close()
  }

  func aPeersAbortEndsAWait() throws {
    let tasks = Tasks(on: self)
    let (client, server) = try tasks.connect()
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await server.read(atMost: 1) }
      #expect(why == .connectionReset)
    }
    try tasks.run { tasks.b.waitingCount == 1 }
    client.abort()
    try tasks.finish()
  }

  func connectSaysWhyItFailed() throws {
    let tasks = Tasks(on: self)
    let listener = try tasks.listen()
    let address = try listener.localAddress
    listener.close()
    tasks.start {
      let why = await error { () async throws(SocketError) in _ = try await tasks.a.connect(to: address) }
      #expect(why == .connectionRefused)
    }
    try tasks.finish()
  }

  func aConnectionThatIsNotAnsweredTimesOut() throws {
    let tasks = Tasks(on: self)
    let listener = try tasks.listen(backlog: 1)
    let address = try listener.localAddress
    // Who comes first is kept by the backlog; the others are not answered.
    let answered = Kept<[AsyncStreamSocket<Calls>]>()
    answered.value = []
    for _ in 0..<6 {
      tasks.start {
        let end = tasks.a.calls.now + .milliseconds(150)
        do throws(SocketError) {
          answered.value!.append(try await tasks.a.connect(to: address, until: end))
        } catch {
          #expect(error == .timedOut)
        }
      }
      // One after the other: whether several at once find the queue full depends on the way's length.
      tasks.run(for: .milliseconds(5))
    }
    try tasks.finish()
    #expect((1...2).contains(answered.value!.count))
  }

  func aDroppedSocketIsClosed() throws {
    let tasks = Tasks(on: self)
    let listener = try tasks.listen()
    let address = try listener.localAddress
    tasks.start {
      let client = try await tasks.a.connect(to: address)
      try await client.write([1])
    }
    tasks.start {
      let server = try await listener.accept()
      #expect(try await server.read(atMost: 9) == [1])
      #expect(try await server.read(atMost: 9) == [])
    }
    try tasks.finish()
  }
}
