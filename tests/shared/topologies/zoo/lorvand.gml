graph [
  DateObtained "17/02/11"
  GeoLocation "Lorvand"
  GeoExtent "Country"
  Network "Lorvand"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Lorvand"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Pelnoton"
    Country "Lorvand"
    Longitude 7.85021
    Internal 1
    Latitude 45.23893
  ]
  node [
    id 1
    label "Lomtioria"
    Country "Lorvand"
    Longitude 21.37204
    Internal 1
    Latitude 55.1248
  ]
  node [
    id 2
    label "Ulmiberg"
    Country "Lorvand"
    Longitude 21.85567
    Internal 1
    Latitude 48.19666
  ]
  node [
    id 3
    label "Ossraham"
    Country "Lorvand"
    Longitude 13.17136
    Internal 1
    Latitude 49.62554
  ]
  node [
    id 4
    label "Tormidal"
    Country "Lorvand"
    Longitude 17.86504
    Internal 1
    Latitude 63.0235
  ]
  node [
    id 5
    label "Wesstadal"
    Country "Lorvand"
    Longitude 4.50232
    Internal 1
    Latitude 46.33726
  ]
  node [
    id 6
    label "Wesvanes"
    Country "Lorvand"
    Longitude 6.45641
    Internal 1
    Latitude 66.71695
  ]
  node [
    id 7
    label "Ossdaville"
    Country "Lorvand"
    Longitude 30.22568
    Internal 1
    Latitude 56.86879
  ]
  node [
    id 8
    label "Ulvaham"
    Country "Lorvand"
    Longitude 30.35616
    Internal 1
    Latitude 64.48265
  ]
  node [
    id 9
    label "Solledal"
    Country "Lorvand"
    Longitude 14.814
    Internal 1
    Latitude 54.21448
  ]
  node [
    id 10
    label "Ultimouth"
    Country "Lorvand"
    Longitude 20.451
    Internal 1
    Latitude 56.90528
  ]
  node [
    id 11
    label "Vindal"
    Country "Lorvand"
    Longitude 30.12139
    Internal 1
    Latitude 66.47868
  ]
  node [
    id 12
    label "Wesnoton"
    Country "Lorvand"
    Longitude 29.40937
    Internal 1
    Latitude 64.0549
  ]
  node [
    id 13
    label "Marstad"
    Country "Lorvand"
    Longitude 7.07347
    Internal 1
    Latitude 50.16939
  ]
  node [
    id 14
    label "Lomraham"
    Country "Lorvand"
    Longitude 4.75987
    Internal 1
    Latitude 63.09649
  ]
  node [
    id 15
    label "Norbeberg"
    Country "Lorvand"
    Longitude 9.99853
    Internal 1
    Latitude 54.39935
  ]
  node [
    id 16
    label "Marmiford"
    Country "Lorvand"
    Longitude 24.33898
    Internal 1
    Latitude 49.8541
  ]
  node [
    id 17
    label "Cororia"
    Country "Lorvand"
    Longitude 4.99484
    Internal 1
    Latitude 51.08405
  ]
  node [
    id 18
    label "Lomwiby"
    Country "Lorvand"
    Longitude 17.87849
    Internal 1
    Latitude 53.10272
  ]
  node [
    id 19
    label "Kelnowald"
    Country "Lorvand"
    Longitude 16.85909
    Internal 1
    Latitude 66.09246
  ]
  node [
    id 20
    label "&#925;&#941;&#945; &#923;&#943;&#956;&#957;&#951;"
    Country "Lorvand"
    Longitude 16.54764
    Internal 1
    Latitude 57.07485
  ]
  node [
    id 21
    label "Falmines"
    Country "Lorvand"
    Longitude 28.62513
    Internal 1
    Latitude 45.14683
  ]
  node [
    id 22
    label "Ivosund"
    Country "Lorvand"
    Longitude 8.84758
    Internal 1
    Latitude 62.48881
  ]
  node [
    id 23
    label "Ravbenes"
    Country "Lorvand"
    Longitude 20.71508
    Internal 1
    Latitude 66.64393
  ]
  node [
    id 24
    label "Solvagrad"
    Country "Lorvand"
    Longitude 4.64556
    Internal 1
    Latitude 52.09404
  ]
  node [
    id 25
    label "Wesnoford"
    Country "Lorvand"
    Longitude 10.19688
    Internal 1
    Latitude 56.59922
  ]
  node [
    id 26
    label "Peltiton"
    Country "Lorvand"
    Longitude 11.09231
    Internal 1
    Latitude 65.8269
  ]
  node [
    id 27
    label "Zanlewald"
    Country "Lorvand"
    Longitude 11.86568
    Internal 1
    Latitude 64.20973
  ]
  node [
    id 28
    label "Ivorawald"
    Country "Lorvand"
    Longitude 23.02679
    Internal 1
    Latitude 49.70953
  ]
  node [
    id 29
    label "Jasvaoria"
    Country "Lorvand"
    Longitude 4.76997
    Internal 1
    Latitude 45.08123
  ]
  node [
    id 30
    label "Alleoria"
    Country "Lorvand"
    Longitude 15.34872
    Internal 1
    Latitude 50.30708
  ]
  node [
    id 31
    label "Nortiby"
    Country "Lorvand"
    Longitude 19.11816
    Internal 1
    Latitude 58.74425
  ]
  node [
    id 32
    label "Ivoby"
    Country "Lorvand"
    Longitude 15.27671
    Internal 1
    Latitude 57.94558
  ]
  node [
    id 33
    label "Marholm"
    Country "Lorvand"
    Longitude 19.66442
    Internal 1
    Latitude 52.64452
  ]
  node [
    id 34
    label "Lomvik"
    Country "Lorvand"
    Longitude 19.20984
    Internal 1
    Latitude 45.37646
  ]
  node [
    id 35
    label "Ysleberg"
    Country "Lorvand"
    Longitude 25.53874
    Internal 1
    Latitude 64.74449
  ]
  node [
    id 36
    label "Norvaholm"
    Country "Lorvand"
    Longitude 25.30614
    Internal 1
    Latitude 53.34837
  ]
  node [
    id 37
    label "Dunton"
    Country "Lorvand"
    Longitude 9.10133
    Internal 1
    Latitude 50.95533
  ]
  node [
    id 38
    label "Ysmouth"
    Country "Lorvand"
    Longitude 20.79693
    Internal 1
    Latitude 47.74385
  ]
  node [
    id 39
    label "Solwivik"
    Country "Lorvand"
    Longitude 19.67844
    Internal 1
    Latitude 46.57811
  ]
  node [
    id 40
    label "Lomradal"
    Country "Lorvand"
    Longitude 22.50258
    Internal 1
    Latitude 48.11979
  ]
  edge [
    source 0
    target 1
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 10
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 10
    target 11
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 11
    target 12
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 12
    target 13
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 13
    target 14
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 14
    target 15
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 15
    target 16
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 16
    target 17
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 17
    target 18
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 18
    target 19
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 19
    target 20
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 20
    target 21
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 21
    target 22
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 22
    target 23
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 23
    target 24
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 24
    target 25
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 25
    target 26
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 26
    target 27
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 27
    target 28
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 28
    target 29
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 29
    target 30
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 30
    target 31
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 31
    target 32
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 32
    target 33
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 33
    target 34
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 34
    target 35
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 35
    target 36
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 36
    target 37
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 37
    target 38
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 38
    target 39
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 39
    target 40
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
]
