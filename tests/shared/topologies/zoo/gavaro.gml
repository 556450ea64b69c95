graph [
  DateObtained "17/02/11"
  GeoLocation "Gavaro"
  GeoExtent "Country"
  Network "Gavaro"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Gavaro"
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
    label "Gavaro"
    Country "Gavaro"
    Longitude 12.74348
    Internal 1
    Latitude 48.31868
  ]
  node [
    id 1
    label "Vinbedal"
    Country "Gavaro"
    Longitude 26.17441
    Internal 1
    Latitude 47.07086
  ]
  node [
    id 2
    label "S&#227;o Belmiro"
    Country "Gavaro"
    Longitude 5.01238
    Internal 1
    Latitude 54.54021
  ]
  node [
    id 3
    label "Cormidal"
    Country "Gavaro"
    Longitude 18.87828
    Internal 1
    Latitude 46.30043
  ]
  node [
    id 4
    label "Tordanes"
    Country "Gavaro"
    Longitude 21.0269
    Internal 1
    Latitude 57.82593
  ]
  node [
    id 5
    label "Brawivik"
    Country "Gavaro"
    Longitude 5.33891
    Internal 1
    Latitude 49.8638
  ]
  node [
    id 6
    label "Sollestad"
    Country "Gavaro"
    Longitude 15.31675
    Internal 1
    Latitude 56.89509
  ]
  node [
    id 7
    label "Tornoham"
    Country "Gavaro"
    Longitude 6.7825
    Internal 1
    Latitude 57.5665
  ]
  node [
    id 8
    label "Garraford"
    Country "Gavaro"
    Longitude 18.7891
    Internal 1
    Latitude 46.38136
  ]
  node [
    id 9
    label "Brawiholm"
    Country "Gavaro"
    Longitude 17.40319
    Internal 1
    Latitude 56.69785
  ]
  node [
    id 10
    label "Keltiwald"
    Country "Gavaro"
    Longitude 13.76272
    Internal 1
    Latitude 50.46538
  ]
  node [
    id 11
    label "Falnes"
    Country "Gavaro"
    Longitude 6.21009
    Internal 1
    Latitude 51.60548
  ]
  node [
    id 12
    label "Pelrawald"
    Country "Gavaro"
    Longitude 11.77432
    Internal 1
    Latitude 66.56385
  ]
  node [
    id 13
    label "Dunvaville"
    Country "Gavaro"
    Longitude 8.45398
    Internal 1
    Latitude 52.52523
  ]
  node [
    id 14
    label "Pelstaby"
    Country "Gavaro"
    Longitude 29.97452
    Internal 1
    Latitude 46.70765
  ]
  node [
    id 15
    label "Solwisund"
    Country "Gavaro"
    Longitude 13.1833
    Internal 1
    Latitude 52.70392
  ]
  node [
    id 16
    label "Pelwiwald"
    Country "Gavaro"
    Longitude 5.8566
    Internal 1
    Latitude 47.05911
  ]
  node [
    id 17
    label "Peldal"
    Country "Gavaro"
    Longitude 5.63807
    Internal 1
    Latitude 60.43282
  ]
  node [
    id 18
    label "Jasvik"
    Country "Gavaro"
    Longitude 27.95009
    Internal 1
    Latitude 52.63412
  ]
  node [
    id 19
    label "Falwiford"
    Country "Gavaro"
    Longitude 17.32971
    Internal 1
    Latitude 49.80057
  ]
  node [
    id 20
    label "Eknes"
    Country "Gavaro"
    Longitude 14.74324
    Internal 1
    Latitude 65.16996
  ]
  node [
    id 21
    label "Faltivik"
    Country "Gavaro"
    Longitude 18.83488
    Internal 1
    Latitude 64.43444
  ]
  node [
    id 22
    label "Ivoville"
    Country "Gavaro"
    Longitude 30.63461
    Internal 1
    Latitude 60.01991
  ]
  node [
    id 23
    label "Holledal"
    Country "Gavaro"
    Longitude 8.75788
    Internal 1
    Latitude 50.10305
  ]
  node [
    id 24
    label "Altiham"
    Country "Gavaro"
    Longitude 11.09416
    Internal 1
    Latitude 45.09006
  ]
  node [
    id 25
    label "Lomwisund"
    Country "Gavaro"
    Longitude 29.73364
    Internal 1
    Latitude 60.19086
  ]
  node [
    id 26
    label "Ossvik"
    Country "Gavaro"
    Longitude 14.74788
    Internal 1
    Latitude 53.67064
  ]
  node [
    id 27
    label "Vinstaby"
    Country "Gavaro"
    Longitude 9.14646
    Internal 1
    Latitude 66.66269
  ]
  node [
    id 28
    label "Dunraby"
    Country "Gavaro"
    Longitude 6.76425
    Internal 1
    Latitude 57.46924
  ]
  node [
    id 29
    label "Ulbedal"
    Country "Gavaro"
    Longitude 27.60697
    Internal 1
    Latitude 58.50952
  ]
  node [
    id 30
    label "Vinnoton"
    Country "Gavaro"
    Longitude 20.26154
    Internal 1
    Latitude 55.43133
  ]
  node [
    id 31
    label "Osstimouth"
    Country "Gavaro"
    Longitude 12.42001
    Internal 1
    Latitude 48.17058
  ]
  node [
    id 32
    label "Zannomouth"
    Country "Gavaro"
    Longitude 26.3791
    Internal 1
    Latitude 48.55165
  ]
  node [
    id 33
    label "Ravragrad"
    Country "Gavaro"
    Longitude 22.63182
    Internal 1
    Latitude 65.11121
  ]
  node [
    id 34
    label "Cororia"
    Country "Gavaro"
    Longitude 17.99672
    Internal 1
    Latitude 64.98169
  ]
  node [
    id 35
    label "Holvasund"
    Country "Gavaro"
    Longitude 21.18393
    Internal 1
    Latitude 58.49102
  ]
  node [
    id 36
    label "Holstanes"
    Country "Gavaro"
    Longitude 9.39779
    Internal 1
    Latitude 55.8412
  ]
  node [
    id 37
    label "Ivotioria"
    Country "Gavaro"
    Longitude 9.22841
    Internal 1
    Latitude 58.31306
  ]
  node [
    id 38
    label "Zanraton"
    Country "Gavaro"
    Longitude 6.17453
    Internal 1
    Latitude 47.24746
  ]
  node [
    id 39
    label "Garraholm"
    Country "Gavaro"
    Longitude 17.03164
    Internal 1
    Latitude 66.67548
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
    source 0
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 5
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 6
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 7
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 8
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 9
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 10
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 11
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 12
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 13
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 15
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 16
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 17
  ]
  edge [
    source 5
    target 18
  ]
  edge [
    source 6
    target 19
    LinkSpeed "34"
    LinkSpeedUnits "M"
    LinkLabel "34 Mbps"
    LinkSpeedRaw 34000000.0
  ]
  edge [
    source 6
    target 20
  ]
  edge [
    source 7
    target 21
  ]
  edge [
    source 8
    target 22
  ]
  edge [
    source 8
    target 23
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 8
    target 24
  ]
  edge [
    source 9
    target 25
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
  edge [
    source 9
    target 26
  ]
  edge [
    source 9
    target 27
  ]
  edge [
    source 10
    target 28
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
  edge [
    source 11
    target 29
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 11
    target 30
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
  edge [
    source 12
    target 31
    LinkSpeed "34"
    LinkSpeedUnits "M"
    LinkLabel "34 Mbps"
    LinkSpeedRaw 34000000.0
  ]
  edge [
    source 12
    target 32
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
  edge [
    source 13
    target 33
    LinkSpeed "34"
    LinkSpeedUnits "M"
    LinkLabel "34 Mbps"
    LinkSpeedRaw 34000000.0
  ]
  edge [
    source 14
    target 34
    LinkSpeed "34"
    LinkSpeedUnits "M"
    LinkLabel "34 Mbps"
    LinkSpeedRaw 34000000.0
  ]
  edge [
    source 14
    target 35
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 14
    target 36
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
  edge [
    source 15
    target 37
    LinkSpeed "34"
    LinkSpeedUnits "M"
    LinkLabel "34 Mbps"
    LinkSpeedRaw 34000000.0
  ]
  edge [
    source 16
    target 38
  ]
  edge [
    source 16
    target 39
    LinkSpeed "100"
    LinkSpeedUnits "M"
    LinkLabel "100 Mbps"
    LinkSpeedRaw 100000000.0
  ]
]
