extension BesideKernelTests {
  static let optionCases: [Case] = [
    Case("what every socket is") { p in
      for (domain, type) in [(2, 1), (2, 2), (10, 1), (10, 2)] as [(Int32, Int32)] {
        let fd = p.socket(domain, type)
        for name in [2, 3, 4, 6, 9, 10, 12, 15, 18, 19, 30, 38, 39] as [Int32] { p.get(fd, 1, name) }
        p.get(fd, 1, 13, 8)
        p.get(fd, 1, 20, 16)
        p.get(fd, 1, 21, 16)
        p.get(fd, 1, 3, 2)
        p.get(fd, 1, 3, 0)
        p.get(fd, 1, 9_999)
        p.set(fd, 1, 9_999, 1)
        p.set(fd, 1, 3, 1)
        p.set(fd, 1, 2, bytes: [1])
      }
    },
    Case("switches that are set are on") { p in
      let fd = p.socket()
      for name in [2, 6, 9, 10, 15] as [Int32] {
        p.set(fd, 1, name, 7)
        p.get(fd, 1, name)
        p.set(fd, 1, name, 0)
        p.get(fd, 1, name)
      }
    },
    Case("buffers are twice what was asked for") { p in
      for type in [1, 2] as [Int32] {
        let fd = p.socket(2, type)
        for name in [7, 8] as [Int32] {
          for count in [10_000, 1, 100_000] as [Int32] {
            p.set(fd, 1, name, count)
            p.get(fd, 1, name)
          }
        }
      }
    },
    Case("lingering") { p in
      let fd = p.socket()
      p.set(fd, 1, 13, 1, 7)
      p.get(fd, 1, 13, 8)
      p.get(fd, 1, 13, 4)
      p.set(fd, 1, 13, 0, 9)
      p.get(fd, 1, 13, 4)
      p.set(fd, 1, 13, 1)
    },
    Case("times") { p in
      let fd = p.socket()
      for name in [20, 21] as [Int32] {
        p.set(fd, 1, name, 3, 0, 240_000, 0)
        p.get(fd, 1, name, 16)
        p.set(fd, 1, name, 0, 0, 0, 0)
        p.get(fd, 1, name, 16)
        p.set(fd, 1, name, 0, 0, -1, -1)
        p.set(fd, 1, name, 1)
      }
    },
    Case("options of TCP") { p in
      let fd = p.socket()
      for (name, values) in [
        (1, [1, 0]), (2, [1_000, 0, 87, 40_000]), (3, [1, 0]), (4, [1, 60, 0, 32_768]),
        (5, [1, 60, 0, 32_768]),
        (6, [1, 127, 0, 128]), (7, [1, 127, 0, 128]), (8, [5, 0, -3, 100, 500]), (18, [3_000, 0, -1]),
        (25, [4_000]), (9_999, [1]),
      ] as [(Int32, [Int32])] {
        p.get(fd, 6, name)
        for value in values {
          p.set(fd, 6, name, value)
          p.get(fd, 6, name)
        }
        p.set(fd, 6, name, bytes: [1])
      }
      p.set(fd, 6, 13, bytes: Array("nosuch".utf8))
      p.set(fd, 6, 13, bytes: [])
      p.set(fd, 6, 13, bytes: Array("reno".utf8))
      p.get(fd, 6, 13, 16)
      p.get(fd, 6, 13, 3)
    },
    Case("levels that a socket does not have") { p in
      for (domain, type) in [(2, 1), (2, 2), (10, 1), (10, 2)] as [(Int32, Int32)] {
        let fd = p.socket(domain, type)
        for level in [6, 17, 41, 99] as [Int32] {
          p.set(fd, level, 9_999, 1)
          p.get(fd, level, 9_999)
        }
      }
    },
    Case("hops that a packet may take") { p in
      let (four, six) = (p.socket(), p.socket(10, 2))
      for value in [1, 255, 7, 256, 0, -1, -2] as [Int32] {
        p.set(four, 0, 2, value)
        p.get(four, 0, 2)
      }
      for value in [1, 255, 256, -1, -2] as [Int32] {
        p.set(six, 41, 16, value)
        p.get(six, 41, 16)
      }
      p.set(four, 0, 12, 1)
      p.get(four, 0, 12)
    },
    Case("IPv6 alone or not") { p in
      let fd = p.socket(10)
      p.get(fd, 41, 26)
      p.set(fd, 41, 26, 1)
      p.get(fd, 41, 26)
      p.set(fd, 41, 26, bytes: [1])
      p.bind(fd, Protocol.v6(0))
      p.set(fd, 41, 26, 0)
      p.get(fd, 41, 26)
    },
    Case("what an accepted connection inherits") { p in
      let (listener, port) = p.listener()
      p.set(listener, 6, 1, 1)
      p.set(listener, 1, 9, 1)
      p.set(listener, 6, 4, 33)
      p.set(listener, 1, 20, 1, 0, 0, 0)
      let client = p.socket()
      p.connect(client, Protocol.v4(port))
      let server = p.accept(listener, 0)
      p.get(server, 6, 1)
      p.get(server, 1, 9)
      p.get(server, 6, 4)
      p.get(server, 1, 20, 16)
      p.get(server, 1, 30)
      p.status(server)
    },
    Case("waiting or not is said by flags") { p in
      let fd = p.socket(2, 1 | 0x800)
      p.status(fd)
      p.setStatus(fd, 0)
      p.status(fd)
      p.setStatus(fd, 0x800 | 0x1)
      p.status(fd)
    },
  ]
}
